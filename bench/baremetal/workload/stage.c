/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The workload's stage in the image: its machine, which is booted once. The features
 * that the first negotiation put in force stay so.
 */
#include "../../../baremetal/host/host.h"
#include "../../../host/x86_ops.h"
#include "../../stage.h"

static bool up;

int stage_open(struct pkvm_host *host, uint64_t without)
{
	int error = pkvm_host_negotiate_without(host, without);

	if (error || up)
		return error;
	error = pkvm_host_boot(host_boot_info->region, host_boot_info->nr_regions);
	if (!error)
		error = pkvm_host_enable_virtualization_cpu();
	up = !error;
	return error;
}

void stage_close(void)
{
}

void stage_raise_irq(uint8_t vector)
{
	host_send_irq(vector);
}

_Noreturn void stage_fail(const char *what, const char *why)
{
	host_print("workload: ", what, "");
	host_print("  ", why, "");
	host_stop(false);
}
