/* The parts of Parquet that are too slow in Python, there and back: integers as packed differences,
   doubles split into their bytes, and Snappy. `runs/parquet_points.py` writes files of them,
   `runs/parquet_pages.py` reads these; DuckDB does both where this was not compiled. The formats are https://parquet.apache.org/docs/file-format/data-pages/encodings/ and
   https://github.com/google/snappy/blob/main/format_description.txt. */

#include "native.h"

#define INTERFACE 3

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

/* Put the first bytes of all values, then all second ones, and so on. As plainly as this, compilers
   see how to do many values at a time; so too below. */
static void
put_split(unsigned char *restrict to, const unsigned char *restrict values, size_t count)
{
    unsigned char *a = to, *b = a + count, *c = b + count, *d = c + count;
    unsigned char *e = d + count, *f = e + count, *g = f + count, *h = g + count;
    for (size_t at = 0; at < count; at++) {
        const unsigned char *value = values + WIDTH * at;
        a[at] = value[0];
        b[at] = value[1];
        c[at] = value[2];
        d[at] = value[3];
        e[at] = value[4];
        f[at] = value[5];
        g[at] = value[6];
        h[at] = value[7];
    }
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

/* And back. What is read may be damaged: nothing is read or written beyond its end. */

typedef struct {
    const unsigned char *at, *end;
    int is_bad;
} Reader;

static uint64_t
take_varint(Reader *reader)
{
    uint64_t number = 0;
    for (int shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        unsigned char byte = *reader->at++;
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return number;
    }
    reader->is_bad = 1;
    return 0;
}

static uint64_t
unzigzag(uint64_t number)
{
    return (number >> 1) ^ (0 - (number & 1));
}

/* Give so many bytes and pass them; NULL if there are fewer. */
static const unsigned char *
take_bytes(Reader *reader, size_t size)
{
    const unsigned char *start = reader->at;
    if ((size_t)(reader->end - start) < size) {
        reader->is_bad = 1;
        return NULL;
    }
    reader->at += size;
    return start;
}

static uint64_t
take_little_endian(Reader *reader, size_t size)
{
    uint64_t number = 0;
    const unsigned char *bytes = take_bytes(reader, size);
    if (bytes)
        memcpy(&number, bytes, size);
    return number;
}

/* Repeat what lies some bytes back; there is room for that and perhaps more. */
static void
copy_back(unsigned char *to, size_t back, size_t length, size_t room)
{
    const unsigned char *from = to - back;
    if (back == 1) {
        memset(to, *from, length);
    } else if (back >= 16 && room >= LONGEST_COPY && length <= LONGEST_COPY) {
        for (size_t k = 0; k < length; k += 16)  /* what is too much is written over */
            memcpy(to + k, from + k, 16);
    } else {
        for (size_t k = 0; k < length; k++)
            to[k] = from[k];
    }
}

/* Decompress all there is to just so many bytes; give whether they are. */
static int
decompress_to(unsigned char *to, size_t size, Reader reader)
{
    size_t done = 0;
    if (take_varint(&reader) != size)
        return 0;
    while (reader.at < reader.end) {
        unsigned tag = *reader.at++;
        size_t length = (tag >> 2) + 1, back = 0;
        switch (tag & 3) {
        case 0:
            if (length > 60)
                length = (size_t)take_little_endian(&reader, length - 60) + 1;
            break;
        case 1:
            length = ((tag >> 2) & 7) + 4;
            back = (size_t)(tag >> 5) << 8 | (size_t)take_little_endian(&reader, 1);
            break;
        default:
            back = (size_t)take_little_endian(&reader, (tag & 3) == 2 ? 2 : 4);
        }
        if (reader.is_bad || length > size - done || (tag & 3 && (!back || back > done)))
            return 0;
        if (tag & 3) {
            copy_back(to + done, back, length, size - done);
        } else {
            const unsigned char *literal = take_bytes(&reader, length);
            if (!literal)
                return 0;
            memcpy(to + done, literal, length);
        }
        done += length;
    }
    return done == size;
}

/* Give number `k` of some that are packed with a width of bits; 8 bytes behind them can be read. */
static uint64_t
unpack(const unsigned char *packed, size_t k, int width)
{
    size_t bit = k * (size_t)width;
    uint64_t number = read_u64(packed + bit / 8) >> (bit % 8);
    if (bit % 8 + (size_t)width > 64)
        number |= (uint64_t)packed[bit / 8 + 8] << (64 - bit % 8);
    return width == 64 ? number : number & ((1ull << width) - 1);
}

/* Take as many numbers as there are to be; give whether there are. Behind the end of what is read
   lie 8 bytes more. */
static int
take_differences(Reader reader, uint64_t *numbers, size_t count)
{
    if (take_varint(&reader) != IN_BLOCK || take_varint(&reader) != PACKS)
        return 0;
    if (take_varint(&reader) != count)
        return 0;
    uint64_t number = unzigzag(take_varint(&reader));
    if (count)
        numbers[0] = number;
    for (size_t next = 1; next < count && !reader.is_bad;) {
        uint64_t smallest = unzigzag(take_varint(&reader));
        const unsigned char *widths = take_bytes(&reader, PACKS);
        for (int pack = 0; pack < PACKS && widths && next < count; pack++) {
            int width = widths[pack];
            size_t here = count - next < IN_PACK ? count - next : IN_PACK;
            const unsigned char *packed =
                width <= 64 ? take_bytes(&reader, IN_PACK / 8 * (size_t)width) : NULL;
            if (!packed)
                return 0;
            for (size_t k = 0; k < here; k++) {
                number += smallest + (width ? unpack(packed, k, width) : 0);
                numbers[next++] = number;
            }
        }
    }
    return !reader.is_bad;
}

/* Put the bytes of split values together again. */
static void
unsplit(const unsigned char *restrict split, unsigned char *restrict values, size_t count)
{
    const unsigned char *a = split, *b = a + count, *c = b + count, *d = c + count;
    const unsigned char *e = d + count, *f = e + count, *g = f + count, *h = g + count;
    for (size_t at = 0; at < count; at++) {
        unsigned char *value = values + WIDTH * at;
        value[0] = a[at];
        value[1] = b[at];
        value[2] = c[at];
        value[3] = d[at];
        value[4] = e[at];
        value[5] = f[at];
        value[6] = g[at];
        value[7] = h[at];
    }
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

static PyObject *
refuse_page(void)
{
    PyErr_SetString(PyExc_ValueError, "the page is damaged");
    return NULL;
}

/* decompress(data, size) -> bytes */
static PyObject *
decompress(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer data;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(arguments, "y*n", &data, &size))
        return NULL;
    /* A copy of 64 bytes takes 3: what says that it is far longer than that is not true. */
    PyObject *found = size < 0 || size / 32 > data.len ? refuse_page()
                                                       : PyBytes_FromStringAndSize(NULL, size);
    if (found) {
        Reader reader = {data.buf, (unsigned char *)data.buf + data.len, 0};
        if (!decompress_to((unsigned char *)PyBytes_AsString(found), (size_t)size, reader)) {
            Py_CLEAR(found);
            refuse_page();
        }
    }
    PyBuffer_Release(&data);
    return found;
}

/* Decompress a page and read its numbers; give whether it could be done. */
static int
read_numbers(const Py_buffer *page, size_t size, int is_split, Py_buffer *numbers)
{
    size_t count = (size_t)numbers->len / 8;
    unsigned char *memory = malloc(size + 8);
    Reader compressed = {page->buf, (unsigned char *)page->buf + page->len, 0};
    if (memory)
        memset(memory + size, 0, 8);
    int is_good = memory && decompress_to(memory, size, compressed);
    if (is_good && is_split) {
        is_good = size == WIDTH * count;
        if (is_good)
            unsplit(memory, numbers->buf, count);
    } else if (is_good) {
        is_good = take_differences((Reader){memory, memory + size, 0}, numbers->buf, count);
    }
    free(memory);
    return is_good;
}

/* read_page(page, size, is_split, array): fill an array of numbers of 8 bytes from a compressed
   page that had so many bytes, of doubles split into their bytes or of packed differences */
static PyObject *
read_page(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer page, numbers;
    Py_ssize_t size;
    int is_split, is_good = 0;
    if (!PyArg_ParseTuple(arguments, "y*npw*", &page, &size, &is_split, &numbers))
        return NULL;
    if (size >= 0 && size / 32 <= page.len && numbers.len % 8 == 0) {
        Py_BEGIN_ALLOW_THREADS
        is_good = read_numbers(&page, (size_t)size, is_split, &numbers);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&page);
    PyBuffer_Release(&numbers);
    if (!is_good)
        return refuse_page();
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"pack_differences", pack_differences, METH_VARARGS, NULL},
    {"split", split, METH_VARARGS, NULL},
    {"compress", compress, METH_VARARGS, NULL},
    {"decompress", decompress, METH_VARARGS, NULL},
    {"read_page", read_page, METH_VARARGS, NULL},
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
