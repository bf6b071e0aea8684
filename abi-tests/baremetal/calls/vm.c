/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Virtual machines of the tests: made, run, taken apart. */
#include "../../../host/platform.h"
#include "vm.h"

#define AR_REAL_MODE 0x93u
#define MAX_CALLS    1000u

static uint64_t pages(uint64_t bytes)
{
	const uint64_t pa = pkvm_host_plat_alloc(bytes / PKVM_PAGE_SIZE);

	EXPECT(pa);
	return pa;
}

/* Local APICs in the host, so that they can be virtualized. */
static void set_irqchip(const struct vm *vm)
{
	const struct pkvm_vm_cap cap = {
		.vm = vm->handle,
		.cap = PKVM_VM_CAP_IRQCHIP,
		.arg0 = PKVM_IRQCHIP_SPLIT,
	};

	EXPECT_EQUAL(pkvm_hc_enable_cap(&cap).error, 0);
}

static void make_vcpu(struct vm *vm, uint64_t id, const struct pkvm_answer *answer)
{
	const bool protected_vm = vm->type == PKVM_VM_PVM;
	struct pkvm_vcpu_config config = {.vm = vm->handle, .id = id};
	struct pkvm_vcpu_handle handle;

	vm->vcpu_area_size = answer->vcpu_area_size;
	vm->vcpu_area = pages(vm->vcpu_area_size);
	vm->fpstate = protected_vm ? pages(PKVM_PAGE_SIZE) : 0;
	vm->page = pkvm_host_plat_ptr(pages(PKVM_PAGE_SIZE));
	config.page = (uintptr_t)vm->page;
	config.area = vm->vcpu_area;
	config.area_size = vm->vcpu_area_size;
	config.fpstate = vm->fpstate;
	config.fpstate_size = protected_vm ? PKVM_PAGE_SIZE : 0;
	EXPECT_EQUAL(pkvm_hc_vcpu_create(&config, &handle).error, 0);
	vm->vcpu = handle.vcpu;
}

static void load(struct vm *vm)
{
	const struct pkvm_vm_handle vm_handle = {vm->handle};
	const struct pkvm_vcpu_handle handle = {vm->vcpu};

	if (vm->type == PKVM_VM_PVM)
		EXPECT_EQUAL(pkvm_hc_vm_finalize(&vm_handle).error, 0);
	EXPECT_EQUAL(pkvm_hc_vcpu_load(&handle).error, 0);
}

static void give_code(struct vm *vm, const uint8_t *code, uint64_t size)
{
	const struct pkvm_segment cs = {PKVM_SEG_CS, 0, 0xffff, AR_REAL_MODE, 0};
	struct pkvm_mapping mapping = {VM_CODE_GPA, 0, PKVM_PAGE_SIZE, 1};
	uint8_t *bytes;

	vm->code = mapping.hpa = pages(PKVM_PAGE_SIZE);
	bytes = pkvm_host_plat_ptr(vm->code);
	for (uint64_t i = 0; i < size; i++)
		bytes[i] = code[i];
	EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&mapping).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_segment(&cs).error, 0);
	vm->page->regs.rip = VM_CODE_GPA;
	vm->page->regs.gpr[4] = 0x8000;
}

void vm_make_pair(struct vm *vm, struct vm *second, uint64_t type)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	struct pkvm_vm_config config = {.type = type, .max_vcpus = second ? 2 : 1};
	struct pkvm_vm_handle handle;
	struct pkvm_vm_range pool;
	struct pkvm_answer answer;

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	*vm = (struct vm){.type = type, .area_size = answer.vm_area_size};
	config.area = vm->area = pages(vm->area_size);
	config.size = vm->area_size;
	EXPECT_EQUAL(pkvm_hc_vm_init(&config, &handle).error, 0);
	vm->handle = handle.vm;
	vm->pool = pages(VM_POOL_PAGES * PKVM_PAGE_SIZE);
	pool = (struct pkvm_vm_range){vm->handle, vm->pool, VM_POOL_PAGES * PKVM_PAGE_SIZE};
	EXPECT_EQUAL(pkvm_hc_vm_topup(&pool).error, 0);
	set_irqchip(vm);
	make_vcpu(vm, 0, &answer);
	if (second) {
		*second = (struct vm){.type = type, .handle = vm->handle};
		make_vcpu(second, 1, &answer);
	}
	load(vm);
}

void vm_make_bare(struct vm *vm, uint64_t type)
{
	vm_make_pair(vm, NULL, type);
}

void vm_make(struct vm *vm, uint64_t type, const uint8_t *code, uint64_t size)
{
	vm_make_bare(vm, type);
	give_code(vm, code, size);
}

/* A list of ranges: every page is there, and zero but for the two links. */
static void take_back(uint64_t address, uint64_t count, uint64_t ranges)
{
	while (ranges--) {
		uint64_t *words = pkvm_host_plat_ptr(address);
		const uint64_t range = address, nr = count;

		EXPECT(words && nr);
		address = words[0];
		count = words[1];
		words[0] = words[1] = 0;
		for (uint64_t i = 0; i < nr * PKVM_PAGE_SIZE / sizeof(*words); i++)
			EXPECT_EQUAL(words[i], 0);
		EXPECT(pkvm_host_plat_free(range, nr));
	}
	EXPECT_EQUAL(address, 0);
}

void vm_put(const struct vm *vm)
{
	const struct pkvm_vcpu_handle handle = {vm->vcpu};

	EXPECT_EQUAL(pkvm_hc_vcpu_put(&handle).error, 0);
}

static void free_vcpu(const struct vm *vm)
{
	const struct pkvm_vcpu_handle handle = {vm->vcpu};
	struct pkvm_reclaim list;

	EXPECT_EQUAL(pkvm_hc_vcpu_free(&handle, &list).error, 0);
	take_back(list.address, list.pages, list.ranges);
	EXPECT(pkvm_host_plat_free((uintptr_t)vm->page, 1));
}

void vm_destroy_pair(const struct vm *vm, const struct vm *second)
{
	free_vcpu(second);
	vm_destroy(vm);
}

void vm_destroy(const struct vm *vm)
{
	const struct pkvm_vm_handle handle = {vm->handle};
	struct pkvm_reclaim_more more = {.more = 1};

	vm_put(vm);
	free_vcpu(vm);
	for (unsigned int i = 0; more.more; i++) {
		EXPECT(i < MAX_CALLS);
		EXPECT_EQUAL(pkvm_hc_vm_destroy(&handle, &more).error, 0);
		take_back(more.address, more.pages, more.ranges);
	}
	if (vm->type == PKVM_VM_NPVM && vm->code)
		EXPECT(pkvm_host_plat_free(vm->code, 1));
}

struct pkvm_run_exit vm_run(const struct vm *vm)
{
	const struct pkvm_run run = {vm->vcpu, 0};
	struct pkvm_run_exit exit;

	EXPECT_EQUAL(pkvm_hc_vcpu_run(&run, &exit).error, 0);
	return exit;
}
