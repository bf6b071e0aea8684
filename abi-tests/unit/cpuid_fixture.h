/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A machine with the captured Sapphire Rapids processor and one loaded vCPU,
 * made through the function-call transport, for tests of CPUID and fpstate.
 */
#ifndef PKVM_TEST_CPUID_FIXTURE_H
#define PKVM_TEST_CPUID_FIXTURE_H

#include <stdlib.h>
#include <pkvm/pkvm.h>
#include "machine/machine.h"
#include "capture.h"

#define INSTRUCTION "sapphire-rapids-cpuid-instruction.txt"
#define KVM         "sapphire-rapids-kvm-supported.txt"

struct fixture {
	struct machine *machine;
	uint64_t vm;
	uint64_t vcpu;
	struct pkvm_cpuid_entry processor[256]; /* what the processor says */
	uint32_t processor_count;
	struct pkvm_cpuid_entry kvm[256]; /* what KVM offers there */
	uint32_t kvm_count;
	struct machine_cpuid_row row[256]; /* the machine looks at them while it lives */
};

static inline struct machine *fixture_machine(struct fixture *f)
{
	const struct machine_cpuid cpuid = {.row = f->row, .count = f->processor_count};
	const struct machine_config config = {.cpuid = &cpuid, .seed = 1};
	const char *why = "";
	struct machine *m;

	for (uint32_t i = 0; i < f->processor_count; i++) {
		const struct pkvm_cpuid_entry *from = &f->processor[i];

		f->row[i] = (struct machine_cpuid_row){from->function, from->index, from->eax,
						       from->ebx,      from->ecx,   from->edx};
	}
	m = machine_create(&config, &why);
	if (!m)
		print_error("no machine: %s\n", why);
	return m;
}

static inline void fixture_init(struct machine *m)
{
	const struct pkvm_query query = {1, 0, ~0ull};
	const struct pkvm_memory_region region[2] = {
		{0, machine_hyp_base(m), PKVM_REGION_RAM},
		{machine_hyp_base(m), machine_ram_size(m) - machine_hyp_base(m),
		 PKVM_REGION_HYPERVISOR},
	};
	const struct pkvm_region_list list = {machine_host_alloc(1), 2};
	struct pkvm_answer answer;

	assert_true(machine_host_write(list.page, region, sizeof(region)));
	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_int_equal(pkvm_hc_init(&list).error, 0);
	assert_int_equal(pkvm_hc_init_finalize().error, 0);
	assert_int_equal(pkvm_hc_enable_virtualization_cpu().error, 0);
}

/* A pVM's vCPU gets the smallest fpstate, one page. */
static inline void fixture_vcpu(struct fixture *f, uint64_t type)
{
	struct pkvm_vm_config vm = {machine_host_alloc(16), 16 * 4096, type, 1};
	struct pkvm_vcpu_config vcpu = {.page = machine_host_alloc(1),
					.area = machine_host_alloc(8),
					.area_size = 8 * 4096};
	struct pkvm_vm_handle vm_handle;
	struct pkvm_vcpu_handle handle;

	assert_int_equal(pkvm_hc_vm_init(&vm, &vm_handle).error, 0);
	vcpu.vm = vm_handle.vm;
	if (type == PKVM_VM_PVM) {
		vcpu.fpstate = machine_host_alloc(1);
		vcpu.fpstate_size = 4096;
	}
	assert_int_equal(pkvm_hc_vcpu_create(&vcpu, &handle).error, 0);
	assert_int_equal(pkvm_hc_vcpu_load(&handle).error, 0);
	f->vm = vm_handle.vm;
	f->vcpu = handle.vcpu;
}

static inline int fixture_create(void **state, uint64_t type)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	assert_non_null(f);
	f->processor_count = capture_read(__FILE__, INSTRUCTION, f->processor, 256);
	f->kvm_count = capture_read(__FILE__, KVM, f->kvm, 256);
	assert_int_equal(f->processor_count, 66);
	assert_int_equal(f->kvm_count, 56);
	f->machine = fixture_machine(f);
	assert_non_null(f->machine);
	fixture_init(f->machine);
	fixture_vcpu(f, type);
	return 0;
}

static inline int fixture_pvm(void **state)
{
	return fixture_create(state, 1);
}

static inline int fixture_npvm(void **state)
{
	return fixture_create(state, 0);
}

static inline int fixture_destroy(void **state)
{
	struct fixture *f = *state;

	machine_destroy(f->machine);
	free(f);
	return 0;
}

/* A range of the host's pages with a table at its beginning. */
static inline struct pkvm_cpuid_table
fixture_table(uint64_t pages, const struct pkvm_cpuid_entry *entries, uint32_t count)
{
	const struct pkvm_cpuid_table table = {machine_host_alloc(pages), pages * 4096, count};

	assert_int_not_equal(table.address, 0);
	assert_true(machine_host_write(table.address, entries, count * sizeof(*entries)));
	return table;
}

static inline void assert_status(struct pkvm_status status, int64_t error, uint64_t refused)
{
	assert_int_equal(status.error, error);
	assert_int_equal(status.refused, refused);
}

static inline void assert_reclaim(const struct pkvm_reclaim *list, uint64_t address,
				  uint64_t pages)
{
	assert_int_equal(list->address, address);
	assert_int_equal(list->pages, pages);
	assert_int_equal(list->ranges, pages ? 1 : 0);
}

#endif
