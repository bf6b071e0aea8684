/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A larger fpstate for a pVM's vCPU. */
#include "reclaim.h"
#include "result.h"
#include "x86_ops.h"

/* What comes back is the old range, or the new one when that was not larger. */
int pkvm_host_vcpu_add_fpstate(struct pkvm_host_vcpu *vcpu, uint64_t size)
{
	struct pkvm_host_range range;
	struct pkvm_reclaim out;
	struct pkvm_range in;
	uint64_t pages;
	int error;

	if (!pkvm_host_may(vcpu, PKVM_HC_vcpu_add_fpstate))
		return 0;
	if (!pkvm_host_range_alloc(&range, size))
		return -PKVM_ENOMEM;
	in = (struct pkvm_range){ range.pa, range.pages * PKVM_PAGE_SIZE };
	error = pkvm_host_result(vcpu, PKVM_HC_vcpu_add_fpstate, size,
				 pkvm_hc_vcpu_add_fpstate(&in, &out));
	if (error) {
		pkvm_host_range_free(&range);
		return error;
	}
	if (in.size > vcpu->fpstate_size)
		vcpu->fpstate_size = in.size;
	return pkvm_host_reclaim(&out, &pages);
}
