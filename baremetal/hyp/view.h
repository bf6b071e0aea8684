/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the host reaches of physical memory: one set of EPT tables for all CPUs. */
#ifndef PKVM_BAREMETAL_HYP_VIEW_H
#define PKVM_BAREMETAL_HYP_VIEW_H

#include <stdint.h>

/* Everything below 4 GiB is the host's but the hypervisor's image. */
void view_init(void);

/* The EPT pointer of the host. */
uint64_t view_eptp(void);

/* The calling CPU drops translations of pages that have left the view. */
void view_catch_up(void);

#endif
