/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls that are none of the protocol's, which this hypervisor alone knows. */
#ifndef PKVM_BAREMETAL_EQUIVALENCE_STATE_H
#define PKVM_BAREMETAL_EQUIVALENCE_STATE_H

/* With a vCPU loaded: word 1 is private_digest(). */
#define STATE_CALL 0x5354415445u
/* From now on, items posted in the slot of word 1 are told as done and are not. */
#define STATE_LOSE 0x4c4f5345u

#endif
