/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* MSRs that may not be there. */
#ifndef PKVM_BAREMETAL_MSR_H
#define PKVM_BAREMETAL_MSR_H

#include <stdbool.h>
#include <stdint.h>

/* False: the access raised an exception, and *value is 0 or nothing was written. */
bool msr_read(uint32_t index, uint64_t *value);
bool msr_write(uint32_t index, uint64_t value);

#endif
