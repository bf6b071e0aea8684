/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Gives a vCPU its CPUID table. */
#include "platform.h"
#include "reclaim.h"
#include "result.h"
#include "x86_ops.h"

/* Room for the leaves that the hypervisor adds. */
#define TABLE_SIZE (PKVM_CPUID_MAX_ENTRIES * sizeof(struct pkvm_cpuid_entry))

static int grow_fpstate(struct pkvm_host_vcpu *vcpu, uint64_t size)
{
	if (!pkvm_host_is_protected(vcpu) || size <= vcpu->fpstate_size)
		return 0;
	return pkvm_host_vcpu_add_fpstate(vcpu, size);
}

static int send(struct pkvm_host_vcpu *vcpu, struct pkvm_host_range *range, uint32_t count)
{
	const struct pkvm_cpuid_table in = { range->pa, range->pages * PKVM_PAGE_SIZE, count };
	struct pkvm_reclaim out;
	uint64_t pages;
	int error;

	error = pkvm_host_result(vcpu, PKVM_HC_vcpu_after_set_cpuid, count,
				 pkvm_hc_vcpu_after_set_cpuid(&in, &out));
	if (error) {
		pkvm_host_range_free(range);
		return error;
	}
	return pkvm_host_reclaim(&out, &pages);
}

int pkvm_host_vcpu_after_set_cpuid(struct pkvm_host_vcpu *vcpu,
				   const struct pkvm_cpuid_entry *entry, uint32_t count)
{
	const struct pkvm_cpuid_entry *version;
	struct pkvm_cpuid_entry *to;
	struct pkvm_host_range range;
	uint64_t needed;
	int error;

	if (!pkvm_host_may(vcpu, PKVM_HC_vcpu_after_set_cpuid))
		return 0;
	if (count > PKVM_CPUID_MAX_ENTRIES)
		return -PKVM_EINVAL;
	needed = pkvm_fpstate_size(entry, count);
	error = grow_fpstate(vcpu, needed);
	if (!error && !pkvm_host_range_alloc(&range, TABLE_SIZE))
		error = -PKVM_ENOMEM;
	if (!error) {
		to = pkvm_host_plat_ptr(range.pa);
		for (uint32_t i = 0; i < count; i++)
			to[i] = entry[i];
		error = send(vcpu, &range, count);
	}
	if (error == -PKVM_ENOMEM && pkvm_host_is_protected(vcpu))
		pkvm_host_plat_log("no room for this CPUID table's XSAVE area",
				   "bytes that it needs", (int64_t)needed);
	version = pkvm_cpuid_find(entry, count, PKVM_CPUID_VERSION, 0);
	if (!error && version)
		vcpu->signature = version->eax;
	return error;
}
