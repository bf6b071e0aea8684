/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The hypervisor's own rights to memory. */
#ifndef PKVM_BAREMETAL_HYP_PROTECT_H
#define PKVM_BAREMETAL_HYP_PROTECT_H

/* Takes away the rights that it does not need; by the first CPU, before others start. */
void hyp_protect(void);

#endif
