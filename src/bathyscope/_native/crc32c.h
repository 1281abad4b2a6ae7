/* The CRC32C (Castagnoli) of iSCSI and of TensorFlow's record files: by the processor's own
   instruction where it has one, else by tables, eight bytes at a time. */

#ifndef BATHYSCOPE_CRC32C_H
#define BATHYSCOPE_CRC32C_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <nmmintrin.h>
#define CRC32C_X86 1
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define CRC32C_ARM 1
#endif

static uint32_t crc32c_tables[8][256];

static void
crc32c_fill_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t remainder = byte;
        for (int bit = 0; bit < 8; bit++)
            remainder = (remainder >> 1) ^ (remainder & 1 ? 0x82F63B78u : 0);
        crc32c_tables[0][byte] = remainder;
    }
    for (int k = 1; k < 8; k++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t before = crc32c_tables[k - 1][byte];
            crc32c_tables[k][byte] = (before >> 8) ^ crc32c_tables[0][before & 0xFF];
        }
}

static uint32_t
crc32c_by_tables(const unsigned char *data, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (; size >= 8; data += 8, size -= 8) {
        uint32_t low, high;
        memcpy(&low, data, 4);
        memcpy(&high, data + 4, 4);
        low ^= crc;
        crc = crc32c_tables[7][low & 0xFF] ^ crc32c_tables[6][(low >> 8) & 0xFF]
            ^ crc32c_tables[5][(low >> 16) & 0xFF] ^ crc32c_tables[4][low >> 24]
            ^ crc32c_tables[3][high & 0xFF] ^ crc32c_tables[2][(high >> 8) & 0xFF]
            ^ crc32c_tables[1][(high >> 16) & 0xFF] ^ crc32c_tables[0][high >> 24];
    }
    for (; size; data++, size--)
        crc = (crc >> 8) ^ crc32c_tables[0][(crc ^ *data) & 0xFF];
    return ~crc;
}

#ifdef CRC32C_X86
__attribute__((target("sse4.2"))) static uint32_t
crc32c_by_instruction(const unsigned char *data, size_t size)
{
    uint64_t crc = 0xFFFFFFFFu;
    for (; size >= 8; data += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, data, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    uint32_t narrow = (uint32_t)crc;
    if (size & 4) {
        uint32_t half;
        memcpy(&half, data, 4);
        narrow = _mm_crc32_u32(narrow, half);
        data += 4;
    }
    for (size &= 3; size; data++, size--)
        narrow = _mm_crc32_u8(narrow, *data);
    return ~narrow;
}
#elif defined(CRC32C_ARM)
static uint32_t
crc32c_by_instruction(const unsigned char *data, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (; size >= 8; data += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, data, 8);
        crc = __crc32cd(crc, word);
    }
    for (; size; data++, size--)
        crc = __crc32cb(crc, *data);
    return ~crc;
}
#endif

static uint32_t (*crc32c_of)(const unsigned char *data, size_t size) = crc32c_by_tables;

/* Choose the way; to be called once, before anything else. */
static void
crc32c_prepare(void)
{
    crc32c_fill_tables();
#ifdef CRC32C_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2"))
        crc32c_of = crc32c_by_instruction;
#elif defined(CRC32C_ARM)
    crc32c_of = crc32c_by_instruction;
#endif
}

/* Mask a checksum as TensorFlow's record files do. */
static uint32_t
crc32c_masked(const unsigned char *data, size_t size)
{
    uint32_t crc = crc32c_of(data, size);
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

#endif
