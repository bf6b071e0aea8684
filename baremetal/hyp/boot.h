/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Selectors and sizes that the hypervisor's C and assembler sources share. */
#ifndef PKVM_BAREMETAL_HYP_BOOT_H
#define PKVM_BAREMETAL_HYP_BOOT_H

#include "../memory_map.h"

#define HYP_CS         0x08
#define HYP_DS         0x10
#define HYP_TSS        0x18

#define HYP_STACK_SIZE 0x8000

#endif
