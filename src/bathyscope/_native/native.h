/* What every module here begins with. */

#ifndef BATHYSCOPE_NATIVE_H
#define BATHYSCOPE_NATIVE_H

/* The stable ABI of Python 3.11: one binary for it and all later versions. */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Records are little-endian and are copied as they lie; elsewhere the Python twins are used."
#endif

#endif
