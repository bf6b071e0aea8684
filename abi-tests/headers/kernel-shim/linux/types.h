/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Stands in for the kernel's header of this name in the header matrix: the types
 * that pkvm/env.h may rely on there, with the kernel's choice of base types
 * (64-bit integers are long long, also where the compiler would take long).
 */
#ifndef PKVM_SHIM_LINUX_TYPES_H
#define PKVM_SHIM_LINUX_TYPES_H

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef long long int64_t;
typedef unsigned long size_t;

#endif
