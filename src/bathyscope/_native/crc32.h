/* The CRC32 of zlib, gzip and PNG. Each module that includes this keeps its own tables (8 KiB),
   which `crc32_prepare` fills once.

   A checksum is the remainder of the data, taken as one long polynomial over bits, by the
   polynomial of CRC32. Tables give what each of eight bytes changes in it. Where the processor
   multiplies polynomials, 16 bytes at a time are instead moved on to the next 16: what they would
   change there is the product of their halves and of the remainders of two powers. */

#ifndef BATHYSCOPE_CRC32_H
#define BATHYSCOPE_CRC32_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define CRC32_CAN_FOLD 1
#include <emmintrin.h>
#include <wmmintrin.h>
#else
#define CRC32_CAN_FOLD 0
#endif

#define CRC32_POLYNOMIAL 0xEDB88320u  /* the lowest bit is that of the highest power */

static uint32_t crc32_tables[8][256];

/* Fill the tables: [k][byte] is what the byte changes in the remainder k bytes later. */
static void
crc32_fill_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t remainder = byte;
        for (int bit = 0; bit < 8; bit++)
            remainder = (remainder >> 1) ^ (remainder & 1 ? CRC32_POLYNOMIAL : 0);
        crc32_tables[0][byte] = remainder;
    }
    for (int k = 1; k < 8; k++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t before = crc32_tables[k - 1][byte];
            crc32_tables[k][byte] = (before >> 8) ^ crc32_tables[0][before & 0xFF];
        }
}

/* Go on by tables; `crc` is not inverted here. */
static uint32_t
crc32_by_tables(const unsigned char *data, size_t size, uint32_t crc)
{
    for (; size >= 8; data += 8, size -= 8) {
        uint32_t low, high;
        memcpy(&low, data, 4);
        memcpy(&high, data + 4, 4);
        low ^= crc;
        crc = crc32_tables[7][low & 0xFF] ^ crc32_tables[6][(low >> 8) & 0xFF]
            ^ crc32_tables[5][(low >> 16) & 0xFF] ^ crc32_tables[4][low >> 24]
            ^ crc32_tables[3][high & 0xFF] ^ crc32_tables[2][(high >> 8) & 0xFF]
            ^ crc32_tables[1][(high >> 16) & 0xFF] ^ crc32_tables[0][high >> 24];
    }
    for (; size; data++, size--)
        crc = (crc >> 8) ^ crc32_tables[0][(crc ^ *data) & 0xFF];
    return crc;
}

#if CRC32_CAN_FOLD

enum { CRC32_FOLDED = 16, CRC32_WORTH_FOLDING = 48 };

static int crc32_folds;             /* whether this processor can */
static uint64_t crc32_powers[2];    /* what moves the first and the second half on by 16 bytes */

/* Give the remainder of a power, shifted as products of reversed polynomials come out. */
static uint64_t
crc32_power(int exponent)
{
    uint32_t remainder = 0x80000000u;
    while (exponent--)
        remainder = (remainder >> 1) ^ (remainder & 1 ? CRC32_POLYNOMIAL : 0);
    return (uint64_t)remainder << 1;
}

static void
crc32_prepare_folding(void)
{
    crc32_powers[0] = crc32_power(8 * CRC32_FOLDED + 32);
    crc32_powers[1] = crc32_power(8 * CRC32_FOLDED - 32);
    crc32_folds = __builtin_cpu_supports("pclmul");
}

__attribute__((target("pclmul"))) static uint32_t
crc32_by_folding(const unsigned char *data, size_t size, uint32_t crc)
{
    const __m128i powers = _mm_loadu_si128((const __m128i *)crc32_powers);
    __m128i moved = _mm_xor_si128(_mm_loadu_si128((const __m128i *)data),
                                  _mm_cvtsi32_si128((int)crc));
    for (data += 16, size -= 16; size >= 16; data += 16, size -= 16) {
        __m128i first = _mm_clmulepi64_si128(moved, powers, 0x00);
        __m128i second = _mm_clmulepi64_si128(moved, powers, 0x11);
        __m128i next = _mm_loadu_si128((const __m128i *)data);
        moved = _mm_xor_si128(_mm_xor_si128(first, second), next);
    }
    unsigned char left[CRC32_FOLDED];
    _mm_storeu_si128((__m128i *)left, moved);
    crc = crc32_by_tables(left, sizeof left, 0);
    return crc32_by_tables(data, size, crc);
}

#endif

static void
crc32_prepare(void)
{
    crc32_fill_tables();
#if CRC32_CAN_FOLD
    crc32_prepare_folding();
#endif
}

/* Go on from the CRC32 of what came before; 0 where nothing did. */
static uint32_t
crc32_of(const unsigned char *data, size_t size, uint32_t before)
{
#if CRC32_CAN_FOLD
    if (size >= CRC32_WORTH_FOLDING && crc32_folds)
        return ~crc32_by_folding(data, size, ~before);
#endif
    return ~crc32_by_tables(data, size, ~before);
}

#endif
