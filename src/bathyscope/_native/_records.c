/* Finds the good records in the bytes of a journal: `runs/records.py` holds its twin in Python.
   `docs/run-format.md` describes the records. */

#include "native.h"

#include "crc32.h"

#define INTERFACE 2

enum {
    HEAD = 16,         /* sync, checksum, length, kind */
    CHECKED_FROM = 8,  /* the checksum is of what comes after it */
    MOMENT = 16,       /* step and time */
    PER_VALUE = 12,    /* number and value */
    VALUES = 2,        /* the kind of record */
    LONGEST = 1 << 24,
};

static const unsigned char SYNC[4] = {0xFF, 0xFE, 'B', 'S'};

/* A record that holds no values. */
typedef struct {
    Py_ssize_t at;
    uint32_t kind, length;
} Other;

/* What a stretch of good records holds. */
typedef struct {
    const unsigned char *data;
    Py_ssize_t start, end;
    size_t values, records;
    size_t *counts;  /* how many values each metric has, by its number; then, where they go */
    size_t n_counts;
    int is_counted;  /* not where numbers are far apart, or without memory */
    Other *others;
    size_t n_others, room;
} Stretch;

/* The arrays that are given, in this order. */
enum { PRESENT, SIZES, PLACES, VALUES_OF, STEPS, TIMES, N_ARRAYS };

static uint32_t
read_u32(const unsigned char *at)
{
    uint32_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

/* Give how many values a record holds, 0 if it is of another kind. */
static size_t
count_values(const unsigned char *record)
{
    uint32_t length = read_u32(record + 8);
    int is_values = read_u32(record + 12) == VALUES && length > MOMENT
        && (length - MOMENT) % PER_VALUE == 0;
    return is_values ? (length - MOMENT) / PER_VALUE : 0;
}

/* Give the size of the record at an offset; 0 if no whole, good record is there. */
static Py_ssize_t
good_size(const unsigned char *data, Py_ssize_t size, Py_ssize_t at)
{
    if (size - at < HEAD || memcmp(data + at, SYNC, sizeof SYNC))
        return 0;
    uint32_t length = read_u32(data + at + 8);
    if (length > LONGEST || (Py_ssize_t)length > size - at - HEAD)
        return 0;
    uint32_t found = crc32_of(data + at + CHECKED_FROM, HEAD - CHECKED_FROM + length, 0);
    return found == read_u32(data + at + 4) ? HEAD + (Py_ssize_t)length : 0;
}

static int
keep_other(Stretch *stretch, Py_ssize_t at)
{
    if (stretch->n_others == stretch->room) {
        size_t room = stretch->room ? 2 * stretch->room : 64;
        Other *more = realloc(stretch->others, room * sizeof(Other));
        if (!more)
            return 0;
        stretch->others = more;
        stretch->room = room;
    }
    const unsigned char *record = stretch->data + at;
    stretch->others[stretch->n_others++] =
        (Other){at, read_u32(record + 12), read_u32(record + 8)};
    return 1;
}

/* Make room to count the values of a metric; without it, the twin in Python steps in. */
static void
count_up_to(Stretch *stretch, uint32_t number)
{
    size_t room = 2 * (size_t)number + 64;
    size_t *more = NULL;
    if (number <= 4 * stretch->values + (1 << 17))
        more = realloc(stretch->counts, room * sizeof *more);
    if (!more) {
        stretch->is_counted = 0;
        return;
    }
    memset(more + stretch->n_counts, 0, (room - stretch->n_counts) * sizeof *more);
    stretch->counts = more;
    stretch->n_counts = room;
}

static void
count_numbers(Stretch *stretch, const unsigned char *numbers, size_t count)
{
    for (size_t k = 0; k < count && stretch->is_counted; k++) {
        uint32_t number = read_u32(numbers + 4 * k);
        if (number >= stretch->n_counts)
            count_up_to(stretch, number);
        if (stretch->is_counted)
            stretch->counts[number]++;
    }
}

/* Follow the good records from the start on; give whether there was memory. */
static int
follow(Stretch *stretch, Py_ssize_t size)
{
    Py_ssize_t at = stretch->start, record_size;
    for (; (record_size = good_size(stretch->data, size, at)); at += record_size) {
        size_t count = count_values(stretch->data + at);
        if (!count && !keep_other(stretch, at))
            return 0;
        count_numbers(stretch, stretch->data + at + HEAD, count);
        stretch->values += count;
        stretch->records += count > 0;
    }
    stretch->end = at;
    return 1;
}

/* Fill which metrics there are, and how many values each has; keep where each one's begin. */
static void
place_metrics(Stretch *stretch, uint32_t *present, int64_t *sizes)
{
    size_t before = 0;
    for (size_t k = 0; k < stretch->n_counts; k++) {
        size_t count = stretch->counts[k];
        if (count) {
            *present++ = (uint32_t)k;
            *sizes++ = (int64_t)count;
        }
        stretch->counts[k] = before;
        before += count;
    }
}

/* Fill the other columns, sorted by number, then in recorded order. */
static void
fill(const Stretch *stretch, uint32_t *places, double *values, int64_t *steps, int64_t *times)
{
    uint32_t place = 0;
    for (Py_ssize_t at = stretch->start; at < stretch->end;) {
        const unsigned char *record = stretch->data + at;
        size_t count = count_values(record);
        at += HEAD + (Py_ssize_t)read_u32(record + 8);
        if (!count)
            continue;
        const unsigned char *moment = record + HEAD + 4 * count;
        memcpy(steps + place, moment, 8);
        memcpy(times + place, moment + 8, 8);
        for (size_t k = 0; k < count; k++) {
            size_t row = stretch->counts[read_u32(record + HEAD + 4 * k)]++;
            places[row] = place;
            memcpy(values + row, moment + MOMENT + 8 * k, 8);
        }
        place++;
    }
}

static size_t
count_metrics(const Stretch *stretch)
{
    size_t metrics = 0;
    for (size_t k = 0; k < stretch->n_counts; k++)
        metrics += stretch->counts[k] > 0;
    return metrics;
}

static PyObject *
list_others(const Stretch *stretch)
{
    PyObject *list = PyList_New((Py_ssize_t)stretch->n_others);
    for (size_t k = 0; list && k < stretch->n_others; k++) {
        Other other = stretch->others[k];
        PyObject *item = Py_BuildValue("(nII)", other.at, other.kind, other.length);
        if (!item || PyList_SetItem(list, (Py_ssize_t)k, item) < 0)
            Py_CLEAR(list);
    }
    return list;
}

/* Give (end, records, arrays, others). */
static PyObject *
give(Stretch *stretch)
{
    size_t metrics = count_metrics(stretch);
    const size_t sizes[N_ARRAYS] = {4 * metrics, 8 * metrics, 4 * stretch->values,
                                    8 * stretch->values, 8 * stretch->records,
                                    8 * stretch->records};
    void *memory[N_ARRAYS];
    PyObject *arrays = PyTuple_New(N_ARRAYS), *others = NULL, *found = NULL;
    for (int k = 0; k < N_ARRAYS && arrays; k++) {
        PyObject *array = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)sizes[k]);
        if (!array || PyTuple_SetItem(arrays, k, array) < 0)
            Py_CLEAR(arrays);
        else
            memory[k] = PyByteArray_AsString(array);
    }
    if (arrays) {
        Py_BEGIN_ALLOW_THREADS
        place_metrics(stretch, memory[PRESENT], memory[SIZES]);
        fill(stretch, memory[PLACES], memory[VALUES_OF], memory[STEPS], memory[TIMES]);
        Py_END_ALLOW_THREADS
        others = list_others(stretch);
    }
    if (others)
        found = Py_BuildValue("(nnOO)", stretch->end, (Py_ssize_t)stretch->records, arrays, others);
    Py_XDECREF(arrays);
    Py_XDECREF(others);
    return found;
}

/* scan(data, at) -> tuple, as `give` says; None where the numbers of metrics are far apart */
static PyObject *
scan(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer data;
    Py_ssize_t at;
    if (!PyArg_ParseTuple(arguments, "y*n", &data, &at))
        return NULL;
    PyObject *found = NULL;
    Stretch stretch = {.data = data.buf, .start = at, .end = at, .is_counted = 1};
    int has_memory = 1;
    if (at < 0 || at > data.len) {
        PyErr_SetString(PyExc_ValueError, "`at` must be a place in the data");
    } else {
        Py_BEGIN_ALLOW_THREADS
        has_memory = follow(&stretch, data.len);
        Py_END_ALLOW_THREADS
        if (!has_memory)
            PyErr_NoMemory();
        else
            found = stretch.is_counted ? give(&stretch) : Py_NewRef(Py_None);
    }
    free(stretch.counts);
    free(stretch.others);
    PyBuffer_Release(&data);
    return found;
}

static PyMethodDef functions[] = {
    {"scan", scan, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int
fill_module(PyObject *module)
{
    crc32_prepare();
    return PyModule_AddIntConstant(module, "INTERFACE", INTERFACE);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, fill_module},
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "bathyscope._native._records",
    .m_methods = functions,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__records(void)
{
    return PyModuleDef_Init(&module);
}
