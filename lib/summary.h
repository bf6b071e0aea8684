/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The event summary in the shared page: answers that the host would otherwise
 * call for. Published on every exit, by vcpu_load, and by every handler that
 * changes one of them.
 */
#ifndef PKVM_LIB_SUMMARY_H
#define PKVM_LIB_SUMMARY_H

#include "vcpu.h"

/*
 * Writes the summary of the loaded vCPU with the next sequence number, which
 * is vcpu->summary_sequence afterwards. Nothing of the page is read. Nothing is
 * done while vcpu->summary_held is set.
 */
void pkvm_summary_publish(struct pkvm_vcpu *vcpu);

#endif
