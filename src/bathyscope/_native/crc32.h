/* The CRC32 of zlib, gzip and PNG, eight bytes at a time. Each module that includes this keeps its
   own tables (8 KiB), which `crc32_prepare` fills once. */

#ifndef BATHYSCOPE_CRC32_H
#define BATHYSCOPE_CRC32_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint32_t crc32_tables[8][256];

/* Fill the tables: [k][byte] is what the byte changes in the remainder k bytes later. */
static void
crc32_prepare(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t remainder = byte;
        for (int bit = 0; bit < 8; bit++)
            remainder = (remainder >> 1) ^ (remainder & 1 ? 0xEDB88320u : 0);
        crc32_tables[0][byte] = remainder;
    }
    for (int k = 1; k < 8; k++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t before = crc32_tables[k - 1][byte];
            crc32_tables[k][byte] = (before >> 8) ^ crc32_tables[0][before & 0xFF];
        }
}

/* Go on from the CRC32 of what came before; 0 where nothing did. */
static uint32_t
crc32_of(const unsigned char *data, size_t size, uint32_t before)
{
    uint32_t crc = ~before;
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
    return ~crc;
}

#endif
