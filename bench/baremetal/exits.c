/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* VM exits of a guest for each vcpu_run, as the hypervisor's trace counts them. */
#include "../../host/platform.h"
#include "bench.h"

#define RUNS 32u

/* OUT 0x80, AL; again. */
static const uint8_t out[] = {0xe6, 0x80, 0xeb, 0xfc};
/* HLT; again. */
static const uint8_t hlt[] = {0xf4, 0xeb, 0xfd};
/* CPUID; OUT 0x80, AL; again. */
static const uint8_t cpuid_out[] = {0x0f, 0xa2, 0xe6, 0x80, 0xeb, 0xfa};

static uint64_t exits_of(const struct vm *vm)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_trace_page in = {page, PKVM_PAGE_SIZE, vm->vcpu, 0};
	const struct pkvm_trace_entry *entry = pkvm_host_plat_ptr(page);
	struct pkvm_trace_count count;
	uint64_t sum = 0;

	EXPECT_EQUAL(pkvm_hc_dump_vmexit_trace(&in, &count).error, 0);
	EXPECT_EQUAL(count.more, 0);
	for (uint64_t i = 0; i < count.entries; i++)
		sum += entry[i].kind == PKVM_TRACE_EXIT ? entry[i].count : 0;
	EXPECT(pkvm_host_plat_free(page, 1));
	return sum;
}

static void guest(const char *name, uint64_t type, const uint8_t *code, uint64_t size)
{
	struct vm vm;

	vm_make(&vm, type, code, size);
	for (unsigned int i = 0; i < RUNS; i++) {
		const struct pkvm_run_exit exit = vm_run(&vm);

		if (type == PKVM_VM_NPVM)
			vm.page->regs.rip += exit.word3;
	}
	print_row(type == PKVM_VM_NPVM ? "npVM: " : "pVM: ", name,
		  (const uint64_t[]){RUNS, exits_of(&vm)}, 2);
	vm_destroy(&vm);
}

void exits(void)
{
	const struct pkvm_flag on = {1}, off = {0};

	host_print("VM exits of guests:", "", "");
	print_head("guest", "      runs     exits");
	EXPECT_EQUAL(pkvm_hc_enable_vmexit_trace(&on).error, 0);
	for (uint64_t type = PKVM_VM_NPVM;; type = PKVM_VM_PVM) {
		guest("OUT", type, out, sizeof(out));
		guest("HLT", type, hlt, sizeof(hlt));
		guest("CPUID, OUT", type, cpuid_out, sizeof(cpuid_out));
		if (type == PKVM_VM_PVM)
			break;
	}
	EXPECT_EQUAL(pkvm_hc_enable_vmexit_trace(&off).error, 0);
}
