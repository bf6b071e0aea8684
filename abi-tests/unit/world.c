/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What most tests begin with: a machine whose hypervisor is up, VMs and vCPUs on it. */
#include "world.h"

#define AREA_PAGES    16u
#define FPSTATE_PAGES 4u

struct machine *world_fresh(unsigned int cpus)
{
	const struct machine_config config = {.cpus = cpus,
					      .ram_size = 16 << 20,
					      .hyp_size = 1 << 20,
					      .deterministic_tsc = true,
					      .seed = 1};
	const char *why = NULL;
	struct machine *m = machine_create(&config, &why);

	if (!m)
		fail_msg("no machine: %s", why);
	return m;
}

static struct machine *negotiate(struct machine *m)
{
	const struct pkvm_query query = {1, 0, ~(uint64_t)0};
	struct pkvm_answer answer;

	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	return m;
}

struct machine *world_negotiated(unsigned int cpus)
{
	return negotiate(world_fresh(cpus));
}

int64_t world_init(struct machine *m)
{
	const uint64_t page = world_pages(1);
	const struct pkvm_memory_region regions[2] = {
		{0, machine_hyp_base(m), PKVM_REGION_RAM},
		{machine_hyp_base(m), machine_ram_size(m) - machine_hyp_base(m),
		 PKVM_REGION_HYPERVISOR},
	};
	const struct pkvm_region_list list = {page, 2};
	struct pkvm_status status;

	assert_true(machine_host_write(page, regions, sizeof(regions)));
	status = pkvm_hc_init(&list);
	assert_true(machine_host_free(page, 1));
	return status.error;
}

struct machine *world_booting(unsigned int cpus)
{
	struct machine *m = world_negotiated(cpus);

	assert_int_equal(world_init(m), 0);
	return m;
}

/* Of a machine before init_finalize. */
static struct machine *bring_up(struct machine *m, unsigned int cpus)
{
	assert_int_equal(pkvm_hc_init_finalize().error, 0);
	for (unsigned int cpu = cpus ? cpus : 1; cpu-- > 0;) {
		assert_true(machine_enter_cpu(m, cpu));
		assert_int_equal(pkvm_hc_enable_virtualization_cpu().error, 0);
	}
	return m;
}

struct machine *world_up(unsigned int cpus)
{
	return bring_up(world_booting(cpus), cpus);
}

struct machine *world_up_on(const struct machine_cpuid *cpuid)
{
	const struct machine_config config = {.cpuid = cpuid, .deterministic_tsc = true};
	struct machine *m = machine_create(&config, NULL);

	assert_non_null(m);
	assert_int_equal(world_init(negotiate(m)), 0);
	return bring_up(m, 1);
}

void world_end(struct machine *m)
{
	machine_destroy(m);
}

uint64_t world_pages(uint64_t pages)
{
	const uint64_t pa = machine_host_alloc(pages);

	assert_int_not_equal(pa, 0);
	return pa;
}

struct world_vm world_vm(uint64_t type)
{
	struct world_vm vm = {.area = world_pages(AREA_PAGES), .type = type};
	const struct pkvm_vm_config config = {vm.area, AREA_PAGES * 4096ull, type, 4};
	struct pkvm_vm_handle handle;

	assert_int_equal(pkvm_hc_vm_init(&config, &handle).error, 0);
	vm.handle = handle.vm;
	return vm;
}

struct world_vcpu world_vcpu(const struct world_vm *vm, uint64_t id)
{
	const uint64_t fpstate_pages = vm->type == PKVM_VM_PVM ? FPSTATE_PAGES : 0;
	struct world_vcpu vcpu = {.page = world_pages(1), .area = world_pages(AREA_PAGES)};
	struct pkvm_vcpu_config config = {vm->handle, vcpu.page, vcpu.area,
					  AREA_PAGES * 4096ull, 0, fpstate_pages * 4096, id};
	struct pkvm_vcpu_handle handle;

	if (fpstate_pages)
		vcpu.fpstate = config.fpstate = world_pages(fpstate_pages);
	assert_int_equal(pkvm_hc_vcpu_create(&config, &handle).error, 0);
	vcpu.handle = handle.vcpu;
	return vcpu;
}

void world_load(const struct world_vcpu *vcpu)
{
	const struct pkvm_vcpu_handle handle = {vcpu->handle};

	assert_int_equal(pkvm_hc_vcpu_load(&handle).error, 0);
}

void world_put(const struct world_vcpu *vcpu)
{
	const struct pkvm_vcpu_handle handle = {vcpu->handle};

	assert_int_equal(pkvm_hc_vcpu_put(&handle).error, 0);
}

void world_finalize(const struct world_vm *vm)
{
	const struct pkvm_vm_handle handle = {vm->handle};

	if (vm->type == PKVM_VM_PVM)
		assert_int_equal(pkvm_hc_vm_finalize(&handle).error, 0);
}

uint64_t world_map(uint64_t gpa, uint64_t pages)
{
	const uint64_t hpa = world_pages(pages);
	const struct pkvm_mapping mapping = {gpa, hpa, pages * 4096, 1};

	assert_int_equal(pkvm_hc_vm_mmu_map(&mapping).error, 0);
	return hpa;
}

void world_topup(const struct world_vm *vm, uint64_t pages)
{
	const struct pkvm_vm_range range = {vm->handle, world_pages(pages), pages * 4096};

	assert_int_equal(pkvm_hc_vm_topup(&range).error, 0);
}

/* Walks a reclaim list: every page is the host's, and zero but for the two links. */
static void take_back(struct pkvm_reclaim list)
{
	static const uint64_t zero[512];
	uint64_t words[512];

	while (list.ranges--) {
		const uint64_t range = list.address;
		const uint64_t pages = list.pages;

		assert_int_not_equal(pages, 0);
		for (uint64_t i = 0; i < pages; i++) {
			assert_true(machine_host_read(range + i * 4096, words, 4096));
			if (!i) {
				list.address = words[0];
				list.pages = words[1];
				words[0] = words[1] = 0;
			}
			assert_memory_equal(words, zero, 4096);
		}
		assert_true(machine_host_free(range, pages));
	}
	assert_int_equal(list.address, 0);
}

void world_free_vcpu(const struct world_vcpu *vcpu)
{
	const struct pkvm_vcpu_handle handle = {vcpu->handle};
	struct pkvm_reclaim list;

	assert_int_equal(pkvm_hc_vcpu_free(&handle, &list).error, 0);
	take_back(list);
	assert_true(machine_host_free(vcpu->page, 1));
}

void world_destroy(const struct world_vm *vm)
{
	const struct pkvm_vm_handle handle = {vm->handle};
	struct pkvm_reclaim_more more;

	do {
		assert_int_equal(pkvm_hc_vm_destroy(&handle, &more).error, 0);
		assert_in_range(more.ranges, 0, 64);
		take_back((struct pkvm_reclaim){more.address, more.pages, more.ranges});
	} while (more.more);
}

struct world_result world_callv(struct machine *m, uint64_t number, const uint64_t *in,
				unsigned int n_in, unsigned int n_out)
{
	static const uint64_t filler = 0xa5a5a5a5a5a5a5a5;
	const uint64_t before = machine_hash_private(m);
	struct world_result result = {0};
	struct pkvm_regs regs = {.rax = number};

	for (unsigned int i = 0; i < PKVM_MAX_WORDS; i++)
		regs.word[i] = i < n_in ? in[i] : filler;
	pkvm_host_transport(&regs);
	result.error = (int64_t)regs.rax;
	for (unsigned int i = 0; i < PKVM_MAX_WORDS; i++)
		result.out[i] = regs.word[i];
	/* Words that are neither inputs nor declared outputs come back as they went. */
	for (unsigned int i = n_out ? n_out : 1; i < PKVM_MAX_WORDS; i++)
		assert_int_equal(regs.word[i], i < n_in ? in[i] : filler);
	if (!result.error) {
		if (!n_out)
			assert_int_equal(regs.word[0], 0);
		return result;
	}
	result.refused = regs.word[0];
	for (unsigned int i = 1; i < n_out; i++)
		assert_int_equal(regs.word[i], 0);
	if (before != machine_hash_private(m))
		fail_msg("call 0x%llx was refused (%lld, word %llu) and changed private memory",
			 (unsigned long long)number, (long long)result.error,
			 (unsigned long long)result.refused);
	return result;
}

struct world_result world_call(struct machine *m, uint64_t number, unsigned int n_in,
			       unsigned int n_out, ...)
{
	uint64_t in[PKVM_MAX_WORDS] = {0};
	va_list words;

	va_start(words, n_out);
	for (unsigned int i = 0; i < n_in; i++)
		in[i] = va_arg(words, uint64_t);
	va_end(words);
	return world_callv(m, number, in, n_in, n_out);
}

struct pkvm_shared_page *world_page(const struct world_vcpu *vcpu)
{
	return machine_host_ptr(vcpu->page);
}

void world_assert_conserved(struct machine *m, uint64_t private_pages)
{
	const struct machine_page_counts counts = machine_page_counts(m);

	assert_int_equal(counts.host_view + counts.private, counts.ram);
	assert_int_equal(counts.private, private_pages);
	assert_int_equal(counts.allocated, 0);
}
