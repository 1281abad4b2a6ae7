/* Appends records of values to a journal: `runs/appending.py` is its twin in Python, and says what
   it does. `docs/run-format.md` describes the records. */

#include "native.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "crc32.h"

#define INTERFACE 1

enum {
    HEAD = 16,         /* sync, checksum, length, kind */
    CHECKED_FROM = 8,  /* the checksum is of what comes after it */
    MOMENT = 16,       /* step and time */
    PER_VALUE = 12,    /* number and value */
    VALUES = 2,        /* the kind of record */
    FEW = 64,          /* so many values are put together without asking for memory */
    MOST = 1 << 20,
};

static const unsigned char SYNC[4] = {0xFF, 0xFE, 'B', 'S'};

/* What became of a write. */
typedef enum { WRITTEN, CLOSED, REFUSED } Outcome;

typedef struct {
    PyObject_HEAD
    int descriptor;           /* -1: closed */
    PyObject *numbers;        /* dict: name -> number */
    PyObject *plain;          /* frozenset of types whose values are plain numbers */
    PyThread_type_lock lock;  /* held while a record is written */
    /* The names last seen at each place, and their numbers: loops log the same ones again. */
    PyObject *seen[FEW];
    uint32_t seen_numbers[FEW];
} Appender;

/* Writing */

static void
acquire(Appender *self)
{
    if (PyThread_acquire_lock(self->lock, NOWAIT_LOCK))
        return;
    Py_BEGIN_ALLOW_THREADS
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    Py_END_ALLOW_THREADS
}

/* Write what is left of a record; give errno, 0 if all went well. Interrupted with nothing
   written, give EINTR; after that half a record is never left. */
static int
write_whole(int descriptor, const unsigned char *record, size_t size)
{
    size_t written = 0;
    while (written < size) {
        ssize_t count = write(descriptor, record + written, size - written);
        if (count > 0) {
            written += (size_t)count;
            continue;
        }
        int error = count ? errno : ENOSPC;
        if (error == EINTR && written)
            continue;
        if (written) {
            off_t end = lseek(descriptor, 0, SEEK_END);
            if (end >= 0 && ftruncate(descriptor, end - (off_t)written)) {
                /* The reader skips half a record. */
            }
        }
        return error;
    }
    return 0;
}

static Outcome
write_record(Appender *self, const unsigned char *record, size_t size)
{
    for (;;) {
        int error;
        acquire(self);
        if (self->descriptor < 0) {
            PyThread_release_lock(self->lock);
            return CLOSED;
        }
        Py_BEGIN_ALLOW_THREADS
        error = write_whole(self->descriptor, record, size);
        PyThread_release_lock(self->lock);
        Py_END_ALLOW_THREADS
        if (!error)
            return WRITTEN;
        if (error == EINTR) {
            if (PyErr_CheckSignals() < 0)
                return REFUSED;
            continue;
        }
        errno = error;
        PyErr_SetFromErrno(PyExc_OSError);
        return REFUSED;
    }
}

/* Putting a record together */

/* Give whether a value is a plain number; no code of Python's runs for one. */
static int
read_number(Appender *self, PyObject *value, double *number)
{
    if (!PyFloat_CheckExact(value)) {
        int is_plain = PySet_Contains(self->plain, (PyObject *)Py_TYPE(value));
        if (is_plain <= 0) {
            PyErr_Clear();
            return 0;
        }
    }
    *number = PyFloat_AsDouble(value);
    if (*number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return 1;
}

/* Give whether a name has a number; a name never gets another. */
static int
read_name(Appender *self, PyObject *name, size_t place, uint32_t *number)
{
    if (place < FEW && self->seen[place] == name) {
        *number = self->seen_numbers[place];
        return 1;
    }
    PyObject *known = PyUnicode_CheckExact(name) ? PyDict_GetItemWithError(self->numbers, name)
                                                 : NULL;
    if (!known) {
        PyErr_Clear();
        return 0;
    }
    *number = (uint32_t)PyLong_AsUnsignedLong(known);
    if (place < FEW) {
        PyObject *before = self->seen[place];
        self->seen[place] = Py_NewRef(name);
        self->seen_numbers[place] = *number;
        Py_XDECREF(before);
    }
    return 1;
}

/* Fill numbers and values; give whether every name has a number and every value is plain. */
static int
fill(Appender *self, PyObject *values, unsigned char *numbers, unsigned char *doubles)
{
    PyObject *name, *value;
    Py_ssize_t next = 0;
    for (size_t place = 0; PyDict_Next(values, &next, &name, &value); place++) {
        uint32_t number;
        double plain;
        if (!read_name(self, name, place, &number) || !read_number(self, value, &plain))
            return 0;
        memcpy(numbers, &number, sizeof number);
        memcpy(doubles, &plain, sizeof plain);
        numbers += sizeof number;
        doubles += sizeof plain;
    }
    return 1;
}

static void
frame(unsigned char *record, size_t payload)
{
    uint32_t fields[2] = {(uint32_t)payload, VALUES};
    memcpy(record + CHECKED_FROM, fields, sizeof fields);
    uint32_t check = crc32_of(record + CHECKED_FROM, HEAD - CHECKED_FROM + payload, 0);
    memcpy(record, SYNC, sizeof SYNC);
    memcpy(record + sizeof SYNC, &check, sizeof check);
}

static int
read_int64(PyObject *object, int64_t *number)
{
    int overflow;
    if (!PyLong_CheckExact(object))
        return 0;
    *number = PyLong_AsLongLongAndOverflow(object, &overflow);
    return !overflow;
}

static int64_t
now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* append_values(values, step, time_us) -> bool */
static PyObject *
append_values(Appender *self, PyObject *const *arguments, Py_ssize_t count)
{
    unsigned char on_stack[HEAD + MOMENT + PER_VALUE * FEW];
    unsigned char *record = on_stack;
    int64_t step, time_us;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "append_values takes values, step and time_us");
        return NULL;
    }
    PyObject *values = arguments[0];
    if (!PyDict_CheckExact(values) || !read_int64(arguments[1], &step))
        Py_RETURN_FALSE;
    if (arguments[2] == Py_None)
        time_us = now_us();
    else if (!read_int64(arguments[2], &time_us))
        Py_RETURN_FALSE;

    size_t metrics = (size_t)PyDict_Size(values);
    if (metrics == 0 || metrics > MOST)
        Py_RETURN_FALSE;
    size_t payload = MOMENT + PER_VALUE * metrics;
    if (metrics > FEW && !(record = PyMem_Malloc(HEAD + payload)))
        return PyErr_NoMemory();
    unsigned char *moment = record + HEAD + 4 * metrics;
    memcpy(moment, &step, sizeof step);
    memcpy(moment + 8, &time_us, sizeof time_us);

    Outcome outcome = CLOSED;
    if (fill(self, values, record + HEAD, moment + MOMENT)) {
        frame(record, payload);
        outcome = write_record(self, record, HEAD + payload);
    }
    if (record != on_stack)
        PyMem_Free(record);
    if (outcome == REFUSED)
        return NULL;
    return PyBool_FromLong(outcome == WRITTEN);
}

/* append(record) -> bool */
static PyObject *
append(Appender *self, PyObject *record)
{
    char *data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(record, &data, &size) < 0)
        return NULL;
    Outcome outcome = write_record(self, (unsigned char *)data, (size_t)size);
    if (outcome == REFUSED)
        return NULL;
    return PyBool_FromLong(outcome == WRITTEN);
}

/* abandon() -> int */
static PyObject *
abandon(Appender *self, PyObject *unused)
{
    (void)unused;
    int descriptor = self->descriptor;
    self->descriptor = -1;
    return PyLong_FromLong(descriptor);
}

/* detach() -> int */
static PyObject *
detach(Appender *self, PyObject *unused)
{
    acquire(self);
    PyObject *descriptor = abandon(self, unused);
    PyThread_release_lock(self->lock);
    return descriptor;
}

/* The type */

static PyObject *
new_appender(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"descriptor", "numbers", "plain", NULL};
    int descriptor;
    PyObject *numbers, *plain;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "iO!O!", names, &descriptor,
                                     &PyDict_Type, &numbers, &PyFrozenSet_Type, &plain))
        return NULL;
    Appender *self = (Appender *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (!self)
        return NULL;
    self->descriptor = descriptor;
    self->numbers = Py_NewRef(numbers);
    self->plain = Py_NewRef(plain);
    self->lock = PyThread_allocate_lock();
    if (!self->lock) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static void
free_appender(PyObject *object)
{
    Appender *self = (Appender *)object;
    PyTypeObject *type = Py_TYPE(object);
    for (size_t place = 0; place < FEW; place++)
        Py_XDECREF(self->seen[place]);
    Py_XDECREF(self->numbers);
    Py_XDECREF(self->plain);
    if (self->lock)
        PyThread_free_lock(self->lock);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF((PyObject *)type);
}

static PyMethodDef appender_methods[] = {
    {"append_values", (PyCFunction)(void (*)(void))append_values, METH_FASTCALL, NULL},
    {"append", (PyCFunction)append, METH_O, NULL},
    {"detach", (PyCFunction)detach, METH_NOARGS, NULL},
    {"abandon", (PyCFunction)abandon, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot appender_slots[] = {
    {Py_tp_doc, "See `bathyscope.runs.appending.Appender`."},
    {Py_tp_new, new_appender},
    {Py_tp_dealloc, free_appender},
    {Py_tp_methods, appender_methods},
    {0, NULL},
};

static PyType_Spec appender_spec = {
    .name = "bathyscope._native._journal.Appender",
    .basicsize = sizeof(Appender),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = appender_slots,
};

/* The module */

static int
fill_module(PyObject *module)
{
    crc32_prepare();
    PyObject *type = PyType_FromSpec(&appender_spec);
    if (!type)
        return -1;
    int failed = PyModule_AddType(module, (PyTypeObject *)type) < 0
        || PyModule_AddIntConstant(module, "INTERFACE", INTERFACE) < 0;
    Py_DECREF(type);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, fill_module},
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "bathyscope._native._journal",
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__journal(void)
{
    return PyModuleDef_Init(&module);
}
