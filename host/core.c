/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The system: negotiation, the hypervisor's start, and each CPU's part in it. */
#include "platform.h"
#include "reclaim.h"
#include "x86_ops.h"

#define REGIONS_IN_PAGE (PKVM_PAGE_SIZE / sizeof(struct pkvm_memory_region))

/* What this host uses, and what it cannot do without. */
#define FEATURES_USED                                                                  \
	(PKVM_FEAT_base | PKVM_FEAT_trace | PKVM_FEAT_apic | PKVM_FEAT_fused_injection | \
	 PKVM_FEAT_event_summary | PKVM_FEAT_posting)
#define FEATURES_NEEDED PKVM_FEAT_base

int pkvm_host_negotiate(struct pkvm_host *host)
{
	return pkvm_host_negotiate_without(host, 0);
}

int pkvm_host_negotiate_without(struct pkvm_host *host, uint64_t features)
{
	const struct pkvm_query query = { PKVM_ABI_MAJOR, PKVM_ABI_MINOR,
					  FEATURES_USED & ~features };
	const int error = (int)pkvm_hc_abi_query(&query, &host->answer).error;

	if (error)
		return error;
	if (host->answer.major != PKVM_ABI_MAJOR)
		return -PKVM_EPROTO;
	if ((host->answer.features & FEATURES_NEEDED) != FEATURES_NEEDED)
		return -PKVM_EOPNOTSUPP;
	return 0;
}

int pkvm_host_boot(const struct pkvm_memory_region *region, uint64_t count)
{
	struct pkvm_memory_region *to;
	struct pkvm_host_range page;
	struct pkvm_region_list list;
	int error;

	if (count > REGIONS_IN_PAGE)
		return -PKVM_EINVAL;
	if (!pkvm_host_range_alloc(&page, PKVM_PAGE_SIZE))
		return -PKVM_ENOMEM;
	to = pkvm_host_plat_ptr(page.pa);
	for (uint64_t i = 0; i < count; i++)
		to[i] = region[i];
	list = (struct pkvm_region_list){ page.pa, count };
	error = (int)pkvm_hc_init(&list).error;
	pkvm_host_range_free(&page);
	return error ? error : (int)pkvm_hc_init_finalize().error;
}

int pkvm_host_enable_virtualization_cpu(void)
{
	const int error = (int)pkvm_hc_check_processor_compatibility().error;

	return error ? error : (int)pkvm_hc_enable_virtualization_cpu().error;
}

int pkvm_host_disable_virtualization_cpu(void)
{
	return (int)pkvm_hc_reprivilege_cpu().error;
}

int pkvm_host_has_wbinvd_exit(bool *yes)
{
	struct pkvm_flag out;
	const int error = (int)pkvm_hc_has_wbinvd_exit(&out).error;

	*yes = out.value;
	return error;
}
