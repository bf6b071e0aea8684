/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls of every kind, some tens of times each, on VMs of both kinds. */
#include "../../host/platform.h"
#include "../../host/x86_ops.h"
#include "bench.h"

#define IA32_TSC 0x10u          /* whose accesses a pVM's host answers */

/* OUT 0x80, AL; HLT; again. */
static const uint8_t out_hlt[] = {0xe6, 0x80, 0xf4, 0xeb, 0xfb};
/* IN AL, 0x80; again. */
static const uint8_t in[] = {0xe4, 0x80, 0xeb, 0xfc};
/* MOV ECX, IA32_TSC; RDMSR; WRMSR; again. */
static const uint8_t msrs[] = {0x66, 0xb9, IA32_TSC, 0, 0, 0, 0x0f, 0x32, 0x0f, 0x30,
			       0xeb, 0xfa};
/* MOV AX, [0x5008], where no memory is. */
static const uint8_t reader[] = {0xa1, 0x08, 0x50};

static void on_the_system(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_trace_page dump = {page, PKVM_PAGE_SIZE, 0, 0};
	const struct pkvm_flag off = {0};
	struct pkvm_trace_count entries;
	struct pkvm_answer answer;
	struct pkvm_flag flag;

	for (unsigned int i = 0; i < TIMES; i++) {
		EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
		EXPECT_EQUAL(pkvm_hc_check_processor_compatibility().error, 0);
		EXPECT_EQUAL(pkvm_hc_enable_virtualization_cpu().error, 0);
		EXPECT_EQUAL(pkvm_hc_has_wbinvd_exit(&flag).error, 0);
		EXPECT_EQUAL(pkvm_hc_dump_vmexit_trace(&dump, &entries).error, 0);
		EXPECT_EQUAL(pkvm_hc_enable_vmexit_trace(&off).error, 0);
	}
	EXPECT(pkvm_host_plat_free(page, 1));
}

/* What can be set before a VM has vCPUs. */
static void on_capabilities(uint64_t type)
{
	struct pkvm_host_vm vm;
	struct pkvm_host host;
	uint64_t flags;

	EXPECT_EQUAL(pkvm_host_negotiate(&host), 0);
	EXPECT_EQUAL(pkvm_host_vm_init(&vm, &host, type, 1), 0);
	for (unsigned int i = 0; i < TIMES; i++) {
		EXPECT_EQUAL(pkvm_host_vm_x2apic_api(&vm, 0, &flags), 0);
		EXPECT_EQUAL(pkvm_host_vm_enable_cap(&vm, PKVM_VM_CAP_EXCEPTION_PAYLOAD, 1),
			     0);
	}
	EXPECT_EQUAL(pkvm_host_vm_destroy(&vm), 0);
}

static void load_again(const struct vm *vm)
{
	const struct pkvm_vcpu_handle handle = {vm->vcpu};

	EXPECT_EQUAL(pkvm_hc_vcpu_load(&handle).error, 0);
	vm_put(vm);
	EXPECT_EQUAL(pkvm_hc_vcpu_load(&handle).error, 0);
}

/* A page that a pVM gets stays its own. */
static void map_a_page(const struct vm *vm, uint64_t gpa)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_mapping mapping = {gpa, page, PKVM_PAGE_SIZE, 1};
	const struct pkvm_vm_age age = {vm->handle, gpa, PKVM_PAGE_SIZE, 1};
	const struct pkvm_vm_range range = {vm->handle, gpa, PKVM_PAGE_SIZE};
	struct pkvm_flag young;

	EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&mapping).error, 0);
	if (vm->type == PKVM_VM_PVM)
		return;
	EXPECT_EQUAL(pkvm_hc_vm_mmu_age(&age, &young).error, 0);
	EXPECT_EQUAL(pkvm_hc_vm_mmu_unmap(&range).error, 0);
	EXPECT(pkvm_host_plat_free(page, 1));
}

/* What the host owes for the exit; an npVM's host skips the instruction. */
static void answer(const struct vm *vm, const struct pkvm_run_exit *exit)
{
	const struct pkvm_msr_answer value = {0, 1, 0};

	if (exit->kind == PKVM_EXIT_VMX)
		vm->page->regs.rip += exit->word3;
	if (exit->kind == PKVM_EXIT_IN)
		vm->page->reply.valid = 1;
	if (exit->kind == PKVM_EXIT_RDMSR || exit->kind == PKVM_EXIT_WRMSR)
		EXPECT_EQUAL(pkvm_hc_complete_emulated_msr(&value).error, 0);
}

static void on_runs(uint64_t type, const uint8_t *code, uint64_t size)
{
	struct vm vm;

	vm_make(&vm, type, code, size);
	for (unsigned int i = 0; i < TIMES; i++) {
		const struct pkvm_run_exit exit = vm_run(&vm);

		answer(&vm, &exit);
		map_a_page(&vm, 0x8000 + i * PKVM_PAGE_SIZE);
		load_again(&vm);
	}
	vm_destroy(&vm);
}

static void on_vms(uint64_t type)
{
	count_for(type);
	on_capabilities(type);
	work_on_state(type);
	work_on_events(type);
	work_on_apic(type);
	work_on_second_vcpus(type);
	on_runs(type, out_hlt, sizeof(out_hlt));
	on_runs(type, in, sizeof(in));
	on_runs(type, msrs, sizeof(msrs));
	on_runs(type, reader, sizeof(reader));
}

void work(void)
{
	on_the_system();
	on_vms(PKVM_VM_NPVM);
	on_vms(PKVM_VM_PVM);
	work_of_guests();
	count_for(PKVM_VM_NPVM);
}
