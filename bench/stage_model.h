/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The model machine that the workload runs on, for whoever looks into it. */
#ifndef PKVM_BENCH_STAGE_MODEL_H
#define PKVM_BENCH_STAGE_MODEL_H

#include "../machine/machine.h"

/* Between stage_open() and stage_close(). */
struct machine *stage_machine(void);

#endif
