/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Machine-check banks. */
#include "result.h"
#include "x86_ops.h"

void pkvm_host_setup_mce(struct pkvm_host_vcpu *vcpu, uint64_t mcg_cap)
{
	const struct pkvm_value in = { mcg_cap };

	pkvm_host_must(vcpu, PKVM_HC_setup_mce, mcg_cap, pkvm_hc_setup_mce(&in));
}
