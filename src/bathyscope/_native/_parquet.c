/* The parts of writing Parquet that are too slow in Python: integers as packed differences, doubles
   split into their bytes, and Snappy. `runs/parquet_points.py` puts files together of them; DuckDB
   writes them where this was not compiled. The formats are https://parquet.apache.org/docs/file-format/data-pages/encodings/ and
   https://github.com/google/snappy/blob/main/format_description.txt. */

#include "native.h"

#define INTERFACE 2

/* Differences (DELTA_BINARY_PACKED) */

enum {
    IN_BLOCK = 128,  /* differences that share a smallest one */
    IN_PACK = 32,    /* differences that share a width */
    PACKS = IN_BLOCK / IN_PACK,
    LONGEST_VARINT = 10,
    LONGEST_BLOCK = LONGEST_VARINT + PACKS + 8 * IN_BLOCK,
};

static unsigned char *
put_varint(unsigned char *to, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *to++ = (unsigned char)(number | 0x80);
    *to++ = (unsigned char)number;
    return to;
}

/* Small numbers of either sign become small ones without. */
static uint64_t
zigzag(uint64_t number)
{
    return (number << 1) ^ (0 - (number >> 63));
}

static int
width_of(uint64_t number)
{
    return number ? 64 - __builtin_clzll(number) : 0;
}

/* Put numbers of some bits each one behind the other, the lowest bit first. */
static unsigned char *
put_packed(unsigned char *to, const uint64_t *numbers, int width)
{
    uint64_t waiting = 0;
    int bits = 0;
    for (int k = 0; k < IN_PACK; k++) {
        waiting |= numbers[k] << bits;
        bits += width;
        if (bits >= 64) {
            memcpy(to, &waiting, 8);
            to += 8;
            bits -= 64;
            /* What did not fit: a shift by 64 is undefined. */
            waiting = bits ? numbers[k] >> (width - bits) : 0;
        }
    }
    memcpy(to, &waiting, (size_t)bits / 8);
    return to + bits / 8;
}

/* Give whether all of a full block's differences are one, as those of regular steps are. */
static int
are_equal(const uint64_t *differences)
{
    uint64_t changed = 0;
    for (size_t k = 1; k < IN_BLOCK; k++)
        changed |= differences[k] ^ differences[0];
    return !changed;
}

/* Put a block of differences; those behind `count` are not there. */
static unsigned char *
put_block(unsigned char *to, uint64_t *differences, size_t count)
{
    int64_t smallest = (int64_t)differences[0];
    if (count == IN_BLOCK && are_equal(differences)) {
        to = put_varint(to, zigzag((uint64_t)smallest));
        memset(to, 0, PACKS);  /* packed, they have no bits */
        return to + PACKS;
    }
    for (size_t k = 1; k < count; k++) {
        int64_t one = (int64_t)differences[k];
        smallest = one < smallest ? one : smallest;
    }
    for (size_t k = 0; k < count; k++)
        differences[k] -= (uint64_t)smallest;
    for (size_t k = count; k < IN_BLOCK; k++)
        differences[k] = 0;
    to = put_varint(to, zigzag((uint64_t)smallest));
    unsigned char *widths = to;
    to += PACKS;
    for (int pack = 0; pack < PACKS; pack++) {
        uint64_t all = 0;
        for (int k = 0; k < IN_PACK; k++)
            all |= differences[pack * IN_PACK + k];
        widths[pack] = (unsigned char)width_of(all);
        if (all)
            to = put_packed(to, differences + pack * IN_PACK, widths[pack]);
    }
    return to;
}

static unsigned char *
put_differences(unsigned char *to, const uint64_t *numbers, size_t count)
{
    uint64_t differences[IN_BLOCK];
    to = put_varint(to, IN_BLOCK);
    to = put_varint(to, PACKS);
    to = put_varint(to, count);
    to = put_varint(to, zigzag(count ? numbers[0] : 0));
    for (size_t start = 1; start < count; start += IN_BLOCK) {
        size_t size = count - start < IN_BLOCK ? count - start : IN_BLOCK;
        for (size_t k = 0; k < size; k++)
            differences[k] = numbers[start + k] - numbers[start + k - 1];
        to = put_block(to, differences, size);
    }
    return to;
}

/* Bytes of doubles (BYTE_STREAM_SPLIT) */

enum { WIDTH = 8 };

/* Exchange some bits of one word for those as far up in another. */
static void
exchange(uint64_t *low, uint64_t *high, int bits, uint64_t mask)
{
    uint64_t changed = ((*low >> bits) ^ *high) & mask;
    *low ^= changed << bits;
    *high ^= changed;
}

/* Let byte k of word j become byte j of word k: halves, quarters, then single bytes. */
static void
transpose(uint64_t *words)
{
    for (int k = 0; k < 4; k++)
        exchange(words + k, words + k + 4, 32, 0x00000000FFFFFFFFu);
    for (int k = 0; k < WIDTH; k++)
        if (!(k & 2))
            exchange(words + k, words + k + 2, 16, 0x0000FFFF0000FFFFu);
    for (int k = 0; k < WIDTH; k += 2)
        exchange(words + k, words + k + 1, 8, 0x00FF00FF00FF00FFu);
}

/* Put the first bytes of all values, then all second ones, and so on. */
static void
put_split(unsigned char *to, const unsigned char *values, size_t count)
{
    size_t at = 0;
    for (; at + WIDTH <= count; at += WIDTH) {
        uint64_t words[WIDTH];
        memcpy(words, values + WIDTH * at, sizeof words);
        transpose(words);
        for (size_t k = 0; k < WIDTH; k++)
            memcpy(to + k * count + at, words + k, WIDTH);
    }
    for (; at < count; at++)
        for (size_t k = 0; k < WIDTH; k++)
            to[k * count + at] = values[WIDTH * at + k];
}

/* Snappy */

enum {
    BLOCK = 1 << 16,  /* copies reach back no further than the start of their block */
    HASH_BITS = 14,
    LONGEST_COPY = 64,
    SHORTEST_COPY = 4,
};

static uint32_t
read_u32(const unsigned char *at)
{
    uint32_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

static unsigned char *
put_literal(unsigned char *to, const unsigned char *from, size_t size)
{
    if (!size)
        return to;
    size_t less = size - 1;
    if (less < 60)
        *to++ = (unsigned char)(less << 2);
    else if (less < 256) {
        *to++ = 60 << 2;
        *to++ = (unsigned char)less;
    } else {
        *to++ = 61 << 2;
        *to++ = (unsigned char)less;
        *to++ = (unsigned char)(less >> 8);
    }
    memcpy(to, from, size);
    return to + size;
}

static unsigned char *
put_copy(unsigned char *to, size_t back, size_t size)
{
    while (size) {
        size_t now = size < LONGEST_COPY ? size : LONGEST_COPY;
        *to++ = (unsigned char)((now - 1) << 2 | 2);
        *to++ = (unsigned char)back;
        *to++ = (unsigned char)(back >> 8);
        size -= now;
    }
    return to;
}

static uint64_t
read_u64(const unsigned char *at)
{
    uint64_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

static size_t
common_size(const unsigned char *one, const unsigned char *two, const unsigned char *end)
{
    const unsigned char *start = two;
    while (end - two >= 8 && read_u64(one) == read_u64(two)) {
        one += 8;
        two += 8;
    }
    while (two < end && *one == *two) {
        one++;
        two++;
    }
    return (size_t)(two - start);
}

static unsigned char *
put_compressed_block(unsigned char *to, const unsigned char *data, size_t size)
{
    uint16_t places[1 << HASH_BITS] = {0};
    const unsigned char *end = data + size;
    size_t at = 0, literal = 0, misses = 0;
    while (at + SHORTEST_COPY <= size) {
        uint32_t here = read_u32(data + at);
        uint32_t hash = (here * 0x1E35A7BDu) >> (32 - HASH_BITS);
        size_t before = places[hash];
        places[hash] = (uint16_t)at;
        if (before >= at || read_u32(data + before) != here) {
            at += 1 + (misses++ >> 5);  /* what does not compress is passed faster and faster */
            continue;
        }
        size_t same = SHORTEST_COPY
            + common_size(data + before + SHORTEST_COPY, data + at + SHORTEST_COPY, end);
        to = put_literal(to, data + literal, at - literal);
        to = put_copy(to, at - before, same);
        at += same;
        literal = at;
        misses = 0;
    }
    return put_literal(to, data + literal, size - literal);
}

static unsigned char *
put_compressed(unsigned char *to, const unsigned char *data, size_t size)
{
    to = put_varint(to, size);
    for (size_t start = 0; start < size; start += BLOCK)
        to = put_compressed_block(to, data + start, size - start < BLOCK ? size - start : BLOCK);
    return to;
}

/* The functions */

/* What puts some items, and gives the end of what it put. */
typedef unsigned char *(*Put)(unsigned char *to, const unsigned char *data, size_t count);

static unsigned char *
put_differences_of(unsigned char *to, const unsigned char *data, size_t count)
{
    return put_differences(to, (const uint64_t *)data, count);
}

/* Give what is put of some items, for which there is so much room. */
static PyObject *
convert(Put put, const Py_buffer *data, size_t count, size_t room)
{
    unsigned char *memory = malloc(room), *end;
    if (!memory)
        return PyErr_NoMemory();
    Py_BEGIN_ALLOW_THREADS
    end = put(memory, data->buf, count);
    Py_END_ALLOW_THREADS
    PyObject *found = PyBytes_FromStringAndSize((char *)memory, end - memory);
    free(memory);
    return found;
}

/* Take an array of numbers of 8 bytes; give whether it is one. */
static int
take_numbers(PyObject *arguments, Py_buffer *data)
{
    if (!PyArg_ParseTuple(arguments, "y*", data))
        return 0;
    if (data->len % 8 == 0)
        return 1;
    PyErr_SetString(PyExc_ValueError, "numbers of 8 bytes are needed");
    PyBuffer_Release(data);
    return 0;
}

/* pack_differences(int64 array) -> bytes */
static PyObject *
pack_differences(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer data;
    if (!take_numbers(arguments, &data))
        return NULL;
    size_t count = (size_t)data.len / 8, blocks = count / IN_BLOCK + 2;
    size_t room = 4 * LONGEST_VARINT + blocks * LONGEST_BLOCK;
    PyObject *found = convert(put_differences_of, &data, count, room);
    PyBuffer_Release(&data);
    return found;
}

/* split(float64 array) -> bytes */
static PyObject *
split(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer data;
    if (!take_numbers(arguments, &data))
        return NULL;
    PyObject *found = PyBytes_FromStringAndSize(NULL, data.len);
    char *memory = found ? PyBytes_AsString(found) : NULL;
    if (memory) {
        Py_BEGIN_ALLOW_THREADS
        put_split((unsigned char *)memory, data.buf, (size_t)data.len / WIDTH);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&data);
    return found;
}

/* compress(data) -> bytes */
static PyObject *
compress(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer data;
    if (!PyArg_ParseTuple(arguments, "y*", &data))
        return NULL;
    size_t size = (size_t)data.len;
    /* At worst, literals of some bytes between copies of four: 1 + 3 bytes for every 5. */
    PyObject *found = convert(put_compressed, &data, size, 64 + size + size / 2);
    PyBuffer_Release(&data);
    return found;
}

static PyMethodDef functions[] = {
    {"pack_differences", pack_differences, METH_VARARGS, NULL},
    {"split", split, METH_VARARGS, NULL},
    {"compress", compress, METH_VARARGS, NULL},
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
    .m_name = "bathyscope._native._parquet",
    .m_methods = functions,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__parquet(void)
{
    return PyModuleDef_Init(&module);
}
