/* Moments and histograms of numbers: `runs/distribution.py` holds the twin in NumPy. */

#include "native.h"

#include <math.h>

#define INTERFACE 1

enum { BLOCK = 1024 };  /* numbers that are made double, and summed, at once */

/* What is counted and summed of numbers; all but the counts are of finite ones. `squares` are those
   of the deviations from the mean. */
typedef struct {
    int64_t finite, zeros, nans, positive_infs, negative_infs;
    double low, high, mean, squares;
} Moments;

static double
from_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = (half >> 10) & 31;
    uint32_t fraction = half & 0x3FFu;
    float number;
    if (exponent == 0) {
        number = (float)fraction * 0x1p-24f;
        return sign ? -number : number;
    }
    uint32_t bits = sign | (exponent == 31 ? 0x7F800000u : (exponent + 112) << 23)
        | fraction << 13;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* Make some numbers double; `kind` is 'e', 'f' or 'd', as NumPy names half, float and double. */
static void
widen(const char *data, char kind, size_t start, size_t count, double *numbers)
{
    if (kind == 'd')
        memcpy(numbers, data + 8 * start, 8 * count);
    else if (kind == 'f') {
        const float *from = (const float *)(const void *)data + start;
        for (size_t k = 0; k < count; k++)
            numbers[k] = from[k];
    } else {
        const uint16_t *from = (const uint16_t *)(const void *)data + start;
        for (size_t k = 0; k < count; k++)
            numbers[k] = from_half(from[k]);
    }
}

/* Moments, block by block; a block is summed in eight lanes, which compilers turn into vectors. */

#define LANES 8

static double
sum_lanes(const double *lanes)
{
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
        + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

static int
are_finite(const double *numbers, size_t count)
{
    double nothing[LANES] = {0};
    size_t k = 0;
    for (; k + LANES <= count; k += LANES)
        for (int lane = 0; lane < LANES; lane++)
            nothing[lane] += numbers[k + lane] - numbers[k + lane];
    for (; k < count; k++)
        nothing[0] += numbers[k] - numbers[k];
    return sum_lanes(nothing) == 0;  /* a NaN or an infinity would have made it NaN */
}

/* Find the lowest and the highest of numbers, of which none is NaN. */
static void
find_ends(const double *numbers, size_t count, double *lowest, double *highest)
{
    double low[LANES], high[LANES];
    for (int lane = 0; lane < LANES; lane++)
        low[lane] = high[lane] = numbers[0];
    size_t k = 0;
    for (; k + LANES <= count; k += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            low[lane] = numbers[k + lane] < low[lane] ? numbers[k + lane] : low[lane];
            high[lane] = numbers[k + lane] > high[lane] ? numbers[k + lane] : high[lane];
        }
    for (; k < count; k++) {
        low[0] = numbers[k] < low[0] ? numbers[k] : low[0];
        high[0] = numbers[k] > high[0] ? numbers[k] : high[0];
    }
    for (int lane = 1; lane < LANES; lane++) {
        low[0] = low[lane] < low[0] ? low[lane] : low[0];
        high[0] = high[lane] > high[0] ? high[lane] : high[0];
    }
    *lowest = low[0];
    *highest = high[0];
}

/* Leave out what is not finite, and count it; give how many are left. */
static size_t
keep_finite(double *numbers, size_t count, Moments *moments)
{
    size_t kept = 0;
    if (are_finite(numbers, count))
        return count;
    for (size_t k = 0; k < count; k++) {
        if (isnan(numbers[k]))
            moments->nans++;
        else if (isinf(numbers[k]))
            *(numbers[k] > 0 ? &moments->positive_infs : &moments->negative_infs) += 1;
        else
            numbers[kept++] = numbers[k];
    }
    return kept;
}

/* Take in a block of finite numbers: its own mean and squares first, then both together, after
   Chan, Golub and LeVeque, so that no digits are lost where the mean is far from 0. */
static void
take_in(const double *numbers, size_t count, Moments *moments)
{
    double low, high, sums[LANES] = {0}, squares[LANES] = {0};
    int64_t zeros[LANES] = {0};
    find_ends(numbers, count, &low, &high);
    size_t whole = count - count % LANES;
    for (size_t k = 0; k < whole; k += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            sums[lane] += numbers[k + lane];
            zeros[lane] += numbers[k + lane] == 0;
        }
    for (size_t k = whole; k < count; k++) {
        sums[0] += numbers[k];
        zeros[0] += numbers[k] == 0;
    }
    double mean = sum_lanes(sums) / (double)count;
    for (size_t k = 0; k < whole; k += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            double far = numbers[k + lane] - mean;
            squares[lane] += far * far;
        }
    for (size_t k = whole; k < count; k++)
        squares[0] += (numbers[k] - mean) * (numbers[k] - mean);

    if (!moments->finite || low < moments->low)
        moments->low = low;
    if (!moments->finite || high > moments->high)
        moments->high = high;
    for (int lane = 0; lane < LANES; lane++)
        moments->zeros += zeros[lane];
    double before = (double)moments->finite, after = before + (double)count;
    double apart = mean - moments->mean;
    moments->mean += apart * ((double)count / after);
    moments->squares += sum_lanes(squares) + apart * apart * (before * (double)count / after);
    moments->finite += (int64_t)count;
}

static void
measure_all(const char *data, char kind, size_t count, Moments *moments)
{
    double numbers[BLOCK];
    for (size_t start = 0; start < count; start += BLOCK) {
        size_t size = count - start < BLOCK ? count - start : BLOCK;
        widen(data, kind, start, size, numbers);
        size = keep_finite(numbers, size, moments);
        if (size)
            take_in(numbers, size, moments);
    }
}

/* Bins */

typedef struct {
    const double *edges;
    size_t bins;
    double per_unit;  /* bins per unit of the numbers */
    int64_t *counts;
    int64_t below, above;
    uint32_t *lanes;  /* LANES_OF_COUNTS times as many counts, or NULL */
} Bins;

enum { LANES_OF_COUNTS = 4, MOST_IN_LANES = 1 << 12 };

/* So near to an edge, in widths of a bin, a guess is not trusted. */
#define UNSURE 0x1p-20

/* Count one number, wherever it lies: a guess, put right by the edges themselves. */
static void
count_one(double number, Bins *bins)
{
    const double *edges = bins->edges;
    size_t last = bins->bins - 1;
    if (!(number >= edges[0] && number <= edges[last + 1])) {
        bins->below += isfinite(number) && number < edges[0];
        bins->above += isfinite(number) && number > edges[last + 1];
        return;
    }
    size_t bin = (size_t)((number - edges[0]) * bins->per_unit);
    bin = bin < last ? bin : last;
    while (number < edges[bin])
        bin--;
    while (bin < last && number >= edges[bin + 1])
        bin++;
    bins->counts[bin]++;
}

/* Count a block of numbers of which all lie well within a bin, so that a guess is right; give
   whether they do. Each lane has counts of its own: one count that grows twice in a row would have
   to wait for itself. */
static int
count_in_lanes(const double *numbers, size_t count, Bins *bins)
{
    double guesses[BLOCK], low, high;
    int32_t places[BLOCK];
    double first = bins->edges[0];
    for (size_t k = 0; k < count; k++)
        guesses[k] = (numbers[k] - first) * bins->per_unit;
    if (!are_finite(guesses, count))
        return 0;
    find_ends(guesses, count, &low, &high);
    if (!(low >= 0 && high < (double)bins->bins))
        return 0;
    for (size_t k = 0; k < count; k++)
        places[k] = (int32_t)guesses[k];
    for (size_t k = 0; k < count; k++)
        guesses[k] -= (double)places[k];
    find_ends(guesses, count, &low, &high);
    if (low < UNSURE || high > 1 - UNSURE)
        return 0;
    uint32_t *lanes[LANES_OF_COUNTS];
    for (size_t lane = 0; lane < LANES_OF_COUNTS; lane++)
        lanes[lane] = bins->lanes + lane * bins->bins;
    size_t whole = count - count % LANES_OF_COUNTS;
    for (size_t k = 0; k < whole; k += LANES_OF_COUNTS)
        for (size_t lane = 0; lane < LANES_OF_COUNTS; lane++)
            lanes[lane][places[k + lane]]++;
    for (size_t k = whole; k < count; k++)
        lanes[0][places[k]]++;
    return 1;
}

static void
add_lanes(Bins *bins)
{
    for (size_t k = 0; k < LANES_OF_COUNTS * bins->bins; k++) {
        bins->counts[k % bins->bins] += bins->lanes[k];
        bins->lanes[k] = 0;
    }
}

/* Whether bins are so wide that what numbers are rounded by is far less than `UNSURE`. */
static int
are_wide(const Bins *bins)
{
    double first = fabs(bins->edges[0]), last = fabs(bins->edges[bins->bins]);
    return (first > last ? first : last) * bins->per_unit < 0x1p24;
}

/* Count numbers into bins [edge, next edge), the last one closed. */
static void
count_all(const char *data, char kind, size_t count, Bins *bins)
{
    double numbers[BLOCK];
    bins->per_unit = (double)bins->bins / (bins->edges[bins->bins] - bins->edges[0]);
    if (bins->bins <= MOST_IN_LANES && are_wide(bins))
        bins->lanes = calloc(LANES_OF_COUNTS * bins->bins, sizeof(uint32_t));
    for (size_t start = 0; start < count; start += BLOCK) {
        size_t size = count - start < BLOCK ? count - start : BLOCK;
        widen(data, kind, start, size, numbers);
        if (!bins->lanes || !count_in_lanes(numbers, size, bins))
            for (size_t k = 0; k < size; k++)
                count_one(numbers[k], bins);
        if (bins->lanes && (start / BLOCK) % (1 << 20) == (1 << 20) - 1)
            add_lanes(bins);  /* before one could be full */
    }
    if (bins->lanes)
        add_lanes(bins);
    free(bins->lanes);
}

/* The functions */

/* Give how many numbers of a kind a buffer holds; -1 with an error set if that is nothing. */
static Py_ssize_t
count_numbers(const Py_buffer *data, int kind)
{
    int width = kind == 'd' ? 8 : kind == 'f' ? 4 : kind == 'e' ? 2 : 0;
    if (!width || data->len % width) {
        PyErr_SetString(PyExc_ValueError, "whole numbers of kind e, f or d are needed");
        return -1;
    }
    return data->len / width;
}

/* measure(data, kind) -> (finite, zeros, nans, positive infs, negative infs, low, high, mean,
   sum of squared deviations) */
static PyObject *
measure(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer data;
    int kind;
    if (!PyArg_ParseTuple(arguments, "y*C", &data, &kind))
        return NULL;
    Moments moments = {.low = NAN, .high = NAN};
    Py_ssize_t count = count_numbers(&data, kind);
    if (count > 0) {
        Py_BEGIN_ALLOW_THREADS
        measure_all(data.buf, (char)kind, (size_t)count, &moments);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&data);
    if (count < 0)
        return NULL;
    return Py_BuildValue("(LLLLLdddd)", (long long)moments.finite, (long long)moments.zeros,
                         (long long)moments.nans, (long long)moments.positive_infs,
                         (long long)moments.negative_infs, moments.low, moments.high,
                         moments.mean, moments.squares);
}

/* count(data, kind, edges, counts) -> (below, above); `counts`, 64 bits each, is filled */
static PyObject *
count(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer data, edges, counts;
    int kind;
    if (!PyArg_ParseTuple(arguments, "y*Cy*w*", &data, &kind, &edges, &counts))
        return NULL;
    Bins bins = {.edges = edges.buf, .bins = (size_t)counts.len / 8, .counts = counts.buf};
    Py_ssize_t numbers = count_numbers(&data, kind);
    if (numbers >= 0 && (!bins.bins || counts.len % 8 || edges.len != counts.len + 8)) {
        PyErr_SetString(PyExc_ValueError, "one edge more than bins is needed");
        numbers = -1;
    }
    if (numbers > 0) {
        Py_BEGIN_ALLOW_THREADS
        count_all(data.buf, (char)kind, (size_t)numbers, &bins);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&data);
    PyBuffer_Release(&edges);
    PyBuffer_Release(&counts);
    if (numbers < 0)
        return NULL;
    return Py_BuildValue("(LL)", (long long)bins.below, (long long)bins.above);
}

static PyMethodDef functions[] = {
    {"measure", measure, METH_VARARGS, NULL},
    {"count", count, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int
fill_module(PyObject *module)
{
    return PyModule_AddIntConstant(module, "INTERFACE", INTERFACE);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, fill_module},
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "bathyscope._native._distribution",
    .m_methods = functions,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__distribution(void)
{
    return PyModuleDef_Init(&module);
}
