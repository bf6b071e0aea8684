/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The road of a call: pack, function-call transport, gate, dispatch, scrub and
 * unpack around an empty handler, with few and with many vCPUs in the system.
 * bench/call.sh counts the instructions of pkvm_hc_bench_empty().
 */
#include <stdio.h>
#include <stdlib.h>

#include "../lib/call.h"
#include "../machine/machine.h"

int64_t pkvm_hyp_bench_empty(struct pkvm_call *call, const struct pkvm_bench_words *in,
			     struct pkvm_bench_words *out)
{
	(void)call;
	*out = *in;
	return 0;
}

static void check(struct pkvm_status status, const char *what)
{
	if (!status.error)
		return;
	fprintf(stderr, "bench_call: %s: %s\n", what, pkvm_error_name(status.error));
	exit(1);
}

static uint64_t pages(uint64_t count)
{
	const uint64_t pa = machine_host_alloc(count);

	if (pa)
		return pa;
	fprintf(stderr, "bench_call: no %llu pages left\n", (unsigned long long)count);
	exit(1);
}

static void bring_up(struct machine *m)
{
	const struct pkvm_query query = {1, 0, ~(uint64_t)0};
	const struct pkvm_memory_region ram = {0, machine_ram_size(m), PKVM_REGION_RAM};
	const struct pkvm_region_list list = {pages(1), 1};
	struct pkvm_answer answer;

	check(pkvm_hc_abi_query(&query, &answer), "abi_query");
	if (!machine_host_write(list.page, &ram, sizeof(ram)))
		exit(1);
	check(pkvm_hc_init(&list), "init");
	check(pkvm_hc_init_finalize(), "init_finalize");
	check(pkvm_hc_enable_virtualization_cpu(), "enable_virtualization_cpu");
}

/* VMs of 64 vCPUs each until there are enough; the last vCPU's handle. */
static uint64_t make_vcpus(unsigned int count)
{
	struct pkvm_vcpu_handle vcpu = {0};
	struct pkvm_vm_handle vm = {0};

	for (unsigned int i = 0; i < count; i++) {
		const uint64_t area_pages = sizeof(struct pkvm_vcpu_area) / 4096;
		struct pkvm_vcpu_config config = {0};

		if (i % 64 == 0) {
			const struct pkvm_vm_config vm_config = {pages(2), 8192, 0, 64};

			check(pkvm_hc_vm_init(&vm_config, &vm), "vm_init");
		}
		config.vm = vm.vm;
		config.page = pages(1);
		config.area = pages(area_pages);
		config.area_size = area_pages * 4096;
		config.id = i % 64;
		check(pkvm_hc_vcpu_create(&config, &vcpu), "vcpu_create");
	}
	return vcpu.vcpu;
}

static uint64_t make_calls(unsigned int rounds)
{
	struct pkvm_bench_words words = {0x1234, 5, ~(uint64_t)0};
	uint64_t errors = 0;

	for (unsigned int i = 0; i < rounds; i++)
		errors |= (uint64_t)pkvm_hc_bench_empty(&words, &words).error;
	return errors;
}

int main(int argc, char **argv)
{
	const unsigned int count = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 0) : 1;
	const unsigned int rounds = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 0) : 1000;
	const struct machine_config config = {.ram_size = 256ull << 20};
	struct machine *m = machine_create(&config, NULL);
	struct pkvm_vcpu_handle vcpu;

	if (!m || !count)
		return 1;
	bring_up(m);
	vcpu.vcpu = make_vcpus(count);
	check(pkvm_hc_vcpu_load(&vcpu), "vcpu_load");
	if (make_calls(rounds))
		return 1;
	machine_destroy(m);
	return 0;
}
