/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The guest's TSC: offset and multiplier, IA32_TSC and IA32_TSC_ADJUST. */
#include "platform.h"
#include "post.h"
#include "result.h"
#include "tsc.h"
#include "x86_ops.h"

#define FRACTION_BITS 48

__extension__ typedef unsigned __int128 product;

void pkvm_host_write_tsc_offset(struct pkvm_host_vcpu *vcpu, uint64_t offset)
{
	const struct pkvm_value in = { offset };

	if (PKVM_HOST_POST(vcpu, write_tsc_offset, offset) ||
	    pkvm_host_must(vcpu, PKVM_HC_write_tsc_offset, offset,
			   pkvm_hc_write_tsc_offset(&in)))
		vcpu->tsc.offset = offset;
}

void pkvm_host_write_tsc_multiplier(struct pkvm_host_vcpu *vcpu, uint64_t multiplier)
{
	const struct pkvm_value in = { multiplier };
	const bool accepted =
		multiplier && vcpu->vm->host->answer.capabilities & PKVM_CAP_tsc_scaling;

	if ((accepted && PKVM_HOST_POST(vcpu, write_tsc_multiplier, multiplier)) ||
	    pkvm_host_must(vcpu, PKVM_HC_write_tsc_multiplier, multiplier,
			   pkvm_hc_write_tsc_multiplier(&in)))
		vcpu->tsc.multiplier = multiplier;
}

static uint64_t scaled_tsc(const struct pkvm_host_vcpu *vcpu)
{
	const product tsc = pkvm_host_plat_tsc();

	return (uint64_t)(tsc * vcpu->tsc.multiplier >> FRACTION_BITS);
}

uint64_t pkvm_host_read_tsc(const struct pkvm_host_vcpu *vcpu)
{
	return scaled_tsc(vcpu) + vcpu->tsc.offset;
}

void pkvm_host_write_tsc(struct pkvm_host_vcpu *vcpu, uint64_t value)
{
	pkvm_host_write_tsc_offset(vcpu, value - scaled_tsc(vcpu));
}

/* SDM "IA32_TSC_ADJUST Register Support": the two registers move together. */
void pkvm_host_guest_write_tsc(struct pkvm_host_vcpu *vcpu, uint64_t value)
{
	const uint64_t before = vcpu->tsc.offset;

	pkvm_host_write_tsc(vcpu, value);
	vcpu->tsc.adjust += vcpu->tsc.offset - before;
}

void pkvm_host_guest_write_tsc_adjust(struct pkvm_host_vcpu *vcpu, uint64_t value)
{
	pkvm_host_write_tsc_offset(vcpu, vcpu->tsc.offset + value - vcpu->tsc.adjust);
	vcpu->tsc.adjust = value;
}
