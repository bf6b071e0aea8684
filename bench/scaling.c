/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The cost of vcpu_run around the entry: with so many items posted, and with so many
 * vCPUs in the system. The vCPU waits for its SIPI, so that a run applies the items
 * and comes back. bench/scaling.sh counts the instructions of pkvm_hc_vcpu_run().
 *
 *	scaling ITEMS VCPUS RUNS
 */
#include <stdlib.h>

#include <pkvm/pkvm.h>
#include "../machine/machine.h"
#include "system.h"

static void post(struct pkvm_shared_page *page, unsigned int items)
{
	for (unsigned int slot = 0; slot < items; slot++)
		page->item[slot].valid = 1;
}

int main(int argc, char **argv)
{
	const unsigned int items = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 0) : 0;
	const unsigned int vcpus = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 0) : 1;
	const unsigned int runs = argc > 3 ? (unsigned int)strtoul(argv[3], NULL, 0) : 1000;
	const struct machine_config config = {.ram_size = 256ull << 20};
	const struct pkvm_flag init = {1};
	struct machine *m = machine_create(&config, NULL);
	struct pkvm_shared_page *page;
	struct pkvm_vcpu_handle vcpu;
	struct pkvm_run_exit exit;
	struct pkvm_run run = {0, PKVM_RUN_POSTED};

	if (!m || !vcpus || items > PKVM_NR_POSTS)
		return 1;
	system_bring_up(m);
	vcpu.vcpu = system_make_vcpus(vcpus, &page);
	system_check(pkvm_hc_vcpu_load(&vcpu), "vcpu_load");
	system_check(pkvm_hc_vcpu_reset(&init), "vcpu_reset");
	run.vcpu = vcpu.vcpu;
	for (unsigned int i = 0; i < runs; i++) {
		post(page, items);
		system_check(pkvm_hc_vcpu_run(&run, &exit), "vcpu_run");
		if (exit.kind != PKVM_EXIT_WAIT_FOR_SIPI)
			return 1;
	}
	machine_destroy(m);
	return 0;
}
