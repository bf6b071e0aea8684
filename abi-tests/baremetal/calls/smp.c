/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Two CPUs: what one gives away is gone on the other, vCPUs move, and events of
 * the machine find the host wherever it is. CPU 1 does one thing at a time, as
 * CPU 0 tells it to.
 */
#include "../../../baremetal/common/lapic.h"
#include "../../../baremetal/common/x86.h"
#include "../../../host/platform.h"
#include "vm.h"

#define ROUNDS               32u
#define REASON_EPT_VIOLATION 48u
#define X2APIC_ID            0x802u
#define ECX_X2APIC           PKVM_BIT(21)

static void (*task)(void);
static uint32_t done;           /* tasks that CPU 1 has finished         */
static uint32_t flag;           /* from CPU 1 to CPU 0, or back, by task */
static struct vm shared_vm;
static struct pkvm_run_exit shared_exit;
static uint64_t shared_page;
static uint64_t reads;

static uint32_t get(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void set(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void wait_for(const uint32_t *word, uint32_t value)
{
	while (get(word) != value)
		x86_pause();
}

_Noreturn void smp_follow(void)
{
	for (;;) {
		void (*next)(void);

		while (!(next = __atomic_load_n(&task, __ATOMIC_ACQUIRE)))
			x86_pause();
		next();
		__atomic_store_n(&task, NULL, __ATOMIC_RELEASE);
		__atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
	}
}

static void start(void (*next)(void))
{
	set(&flag, 0);
	__atomic_store_n(&task, next, __ATOMIC_RELEASE);
}

static void finish(uint32_t before)
{
	while (get(&done) == before)
		x86_pause();
}

static bool alone(void)
{
	return host_boot_info->nr_cpus < 2;
}

static void enable(void)
{
	EXPECT_EQUAL(pkvm_hc_enable_virtualization_cpu().error, 0);
}

static void test_the_second_cpu_calls(void)
{
	const uint32_t before = get(&done);

	if (alone())
		return;
	start(enable);
	finish(before);
}

/* Reads until it cannot; a read that begins after CPU 0's call returned must not. */
static void read_until_gone(void)
{
	uint64_t value;

	set(&flag, 1);
	while (host_read64(shared_page, &value)) {
		reads++;
		EXPECT_EQUAL(get(&flag), 1);
	}
	wait_for(&flag, 2);
	EXPECT(!host_read64(shared_page, &value));
	EXPECT(!host_write64(shared_page, 0));
}

static const uint8_t halt[] = {0xf4, 0xeb, 0xfd};

static void test_a_page_that_is_donated_is_gone_on_every_cpu(void)
{
	struct pkvm_vm_range range = {0, 0, PKVM_PAGE_SIZE};
	struct vm vm;

	if (alone())
		return;
	vm_make(&vm, PKVM_VM_PVM, halt, sizeof(halt));
	range.vm = vm.handle;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		const uint32_t before = get(&done);

		range.address = shared_page = pkvm_host_plat_alloc(1);
		start(read_until_gone);
		wait_for(&flag, 1);
		EXPECT_EQUAL(pkvm_hc_vm_topup(&range).error, 0);
		set(&flag, 2);
		finish(before);
	}
	EXPECT(reads > 0);
	vm_destroy(&vm);
}

/* MOV AL, 1; OUT 0x80, AL; INC AX; again: the count survives the move. */
static const uint8_t count[] = {0xe6, 0x80, 0x40, 0xeb, 0xfb};

static void run_and_put(void)
{
	shared_exit = vm_run(&shared_vm);
	vm_put(&shared_vm);
}

static void test_a_vcpu_moves_between_cpus(void)
{
	const struct pkvm_vcpu_handle *handle = (const void *)&shared_vm.vcpu;

	if (alone())
		return;
	vm_make(&shared_vm, PKVM_VM_PVM, count, sizeof(count));
	for (unsigned int i = 0; i < ROUNDS; i += 2) {
		const uint32_t before = get(&done);

		EXPECT_EQUAL(vm_run(&shared_vm).word2, i);
		vm_put(&shared_vm);
		start(run_and_put);
		finish(before);
		EXPECT_EQUAL(shared_exit.kind, PKVM_EXIT_OUT);
		EXPECT_EQUAL(shared_exit.word2, i + 1);
	}
	EXPECT_EQUAL(pkvm_hc_vcpu_load(handle).error, 0);
	vm_destroy(&shared_vm);
}

/* MOV AX, [0x5000]; JMP back */
static const uint8_t read_forever[] = {0xa1, 0x00, 0x50, 0xeb, 0xfb};

/* Preemption ends runs as well; then the vCPU goes on. */
static void run_until_violation(void)
{
	set(&flag, 1);
	do
		shared_exit = vm_run(&shared_vm);
	while (shared_exit.word0 != REASON_EPT_VIOLATION);
	vm_put(&shared_vm);
}

static void test_memory_goes_while_a_guest_reads_it_on_another_cpu(void)
{
	const struct pkvm_vcpu_handle *handle = (const void *)&shared_vm.vcpu;
	struct pkvm_vm_range range = {0, 0x5000, PKVM_PAGE_SIZE};
	struct pkvm_mapping mapping = {0x5000, 0, PKVM_PAGE_SIZE, 1};

	if (alone())
		return;
	vm_make(&shared_vm, PKVM_VM_NPVM, read_forever, sizeof(read_forever));
	range.vm = shared_vm.handle;
	mapping.hpa = pkvm_host_plat_alloc(1);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		const uint32_t before = get(&done);

		EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&mapping).error, 0);
		vm_put(&shared_vm);
		start(run_until_violation);
		wait_for(&flag, 1);
		for (unsigned int j = 0; j < 100 * i; j++)
			x86_pause();
		EXPECT_EQUAL(pkvm_hc_vm_mmu_unmap(&range).error, 0);
		finish(before);
		EXPECT_EQUAL(shared_exit.kind, PKVM_EXIT_VMX);
		EXPECT_EQUAL(shared_exit.word2, 0x5000);
		EXPECT_EQUAL(pkvm_hc_vcpu_load(handle).error, 0);
	}
	EXPECT(pkvm_host_plat_free(mapping.hpa, 1));
	vm_destroy(&shared_vm);
}

static void make_and_destroy(void)
{
	struct vm vm;

	for (unsigned int i = 0; i < 8; i++) {
		vm_make(&vm, PKVM_VM_PVM, halt, sizeof(halt));
		EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_HLT);
		vm_destroy(&vm);
	}
}

/* Both wait for locks, and for each other to drop translations. */
static void test_both_cpus_make_and_destroy_vms(void)
{
	const uint32_t before = get(&done);

	if (alone())
		return;
	start(make_and_destroy);
	make_and_destroy();
	finish(before);
}

static const uint8_t spin[] = {0xeb, 0xfe};
static uint32_t target;

static void send_nmi(void)
{
	for (unsigned int i = 0; i < 20000; i++)
		x86_pause();
	lapic_send(target, LAPIC_NMI);
}

static void test_an_nmi_in_a_guest_is_the_hosts(void)
{
	const uint32_t before = get(&done), nmis = host_this_cpu()->nmis;
	struct vm vm;

	if (alone())
		return;
	vm_make(&vm, PKVM_VM_PVM, spin, sizeof(spin));
	target = lapic_id();
	start(send_nmi);
	EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_EXTERNAL_INTERRUPT);
	finish(before);
	EXPECT_EQUAL(host_this_cpu()->nmis, nmis + 1);
	EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_PREEMPTION);
	EXPECT_EQUAL(host_this_cpu()->nmis, nmis + 1);
	vm_destroy(&vm);
}

/* It stays on: who leaves x2APIC mode would have to disable the APIC. */
static void test_pages_go_in_x2apic_mode_as_well(void)
{
	uint32_t a = 1, b, c = 0, d;
	uint64_t base;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	EXPECT(host_rdmsr(LAPIC_BASE_MSR, &base));
	if (!(c & ECX_X2APIC)) {
		EXPECT(!host_wrmsr(LAPIC_BASE_MSR, base | LAPIC_BASE_X2APIC));
		return;
	}
	EXPECT(host_wrmsr(LAPIC_BASE_MSR, base | LAPIC_BASE_X2APIC));
	EXPECT(host_rdmsr(X2APIC_ID, &base));
	EXPECT_EQUAL(base, b >> 24);
	test_a_page_that_is_donated_is_gone_on_every_cpu();
}

/* What the tests above sent was counted; the hypervisor's own NMIs were not seen. */
static void test_kicks_are_not_the_hosts(void)
{
	EXPECT_EQUAL(host_this_cpu()->nmis, alone() ? 2 : 3);
}

const struct expect_test smp_tests[] = {
	TEST(test_the_second_cpu_calls),
	TEST(test_a_page_that_is_donated_is_gone_on_every_cpu),
	TEST(test_a_vcpu_moves_between_cpus),
	TEST(test_memory_goes_while_a_guest_reads_it_on_another_cpu),
	TEST(test_both_cpus_make_and_destroy_vms),
	TEST(test_an_nmi_in_a_guest_is_the_hosts),
	TEST(test_pages_go_in_x2apic_mode_as_well),
	TEST(test_kicks_are_not_the_hosts),
	{0},
};
