/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A system that is up, with many vCPUs in it, for benchmarks of single calls. */
#include "system.h"

#include <stdio.h>
#include <stdlib.h>

#include "../lib/vcpu.h"
#include "../machine/machine.h"

/* Of each VM; none is the BSP, whose INIT does not make it wait. */
#define VCPUS 63u

void system_check(struct pkvm_status status, const char *what)
{
	if (!status.error)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, pkvm_error_name(status.error));
	exit(1);
}

uint64_t system_pages(uint64_t count)
{
	const uint64_t pa = machine_host_alloc(count);

	if (pa)
		return pa;
	fprintf(stderr, "bench: no %llu pages left\n", (unsigned long long)count);
	exit(1);
}

void system_bring_up(struct machine *m)
{
	const struct pkvm_query query = {1, 0, ~(uint64_t)0};
	const struct pkvm_memory_region ram = {0, machine_ram_size(m), PKVM_REGION_RAM};
	const struct pkvm_region_list list = {system_pages(1), 1};
	struct pkvm_answer answer;

	system_check(pkvm_hc_abi_query(&query, &answer), "abi_query");
	if (!machine_host_write(list.page, &ram, sizeof(ram)))
		exit(1);
	system_check(pkvm_hc_init(&list), "init");
	system_check(pkvm_hc_init_finalize(), "init_finalize");
	system_check(pkvm_hc_enable_virtualization_cpu(), "enable_virtualization_cpu");
}

uint64_t system_make_vcpus(unsigned int count, struct pkvm_shared_page **page)
{
	struct pkvm_vcpu_handle vcpu = {0};
	struct pkvm_vm_handle vm = {0};

	for (unsigned int i = 0; i < count; i++) {
		const uint64_t area_pages = sizeof(struct pkvm_vcpu_area) / 4096;
		struct pkvm_vcpu_config config = {0};

		if (i % VCPUS == 0) {
			const struct pkvm_vm_config vm_config = {system_pages(2), 8192, 0, 64};

			system_check(pkvm_hc_vm_init(&vm_config, &vm), "vm_init");
		}
		config.vm = vm.vm;
		config.page = system_pages(1);
		config.area = system_pages(area_pages);
		config.area_size = area_pages * 4096;
		config.id = i % VCPUS + 1;
		system_check(pkvm_hc_vcpu_create(&config, &vcpu), "vcpu_create");
		*page = machine_host_ptr(config.page);
	}
	return vcpu.vcpu;
}
