/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a pVM's own calls cost, as runs in which it makes one; and second vCPUs. */
#include "../../host/platform.h"
#include "bench.h"

#define SHARED     0xd000u               /* between program and stack */
#define DEVICE     UINT64_C(0xfe000000)
#define SECONDARY  0x9000u
#define DONE       0x30u                 /* the port that gets a call's status */
#define PAIRS      4u

/* One call; its status goes to the port. */
static void guest_call(struct kernel *k, uint64_t number, uint64_t rbx, uint64_t rcx,
		       uint64_t rdx)
{
	OP(k, "mov_imm", RAX, number);
	OP(k, "mov_imm", RBX, rbx);
	OP(k, "mov_imm", RCX, rcx);
	OP(k, "mov_imm", RDX, rdx);
	OP(k, "vmcall");
	OP(k, "out8", DONE);
}

static void run_done(struct kernel *k, uint64_t number)
{
	count_next_run_as(number);
	kernel_run_out(k, DONE, 0);
}

/* The host sees the call, and answers with the next run. */
static void run_forwarded(struct kernel *k, uint64_t number)
{
	count_next_run_as(number);
	kernel_run(k, PKVM_EXIT_GUEST_CALL);
	EXPECT_EQUAL(k->exit.word0, number);
	k->vm.page->reply.status = 0;
	k->vm.page->reply.valid = 1;
	kernel_run_out(k, DONE, 0);
}

void work_of_guests(void)
{
	struct kernel k;

	kernel_begin(&k);
	EXPECT_EQUAL(pkvm_asm_label(&k.code, 0), PKVM_ASM_OK);
	guest_call(&k, PKVM_GC_abi_query, 1, 0, ~UINT64_C(0));
	guest_call(&k, PKVM_GC_share_mem, SHARED, PKVM_PAGE_SIZE, 0);
	guest_call(&k, PKVM_GC_unshare_mem, SHARED, PKVM_PAGE_SIZE, 0);
	guest_call(&k, PKVM_GC_ioread, DEVICE, 4, 0);
	guest_call(&k, PKVM_GC_iowrite, DEVICE, 4, 1);
	OP(&k, "jmp", 0);
	kernel_ready(&k);
	for (unsigned int i = 0; i < TIMES; i++) {
		run_done(&k, PKVM_GC_abi_query);
		run_done(&k, PKVM_GC_share_mem);
		run_done(&k, PKVM_GC_unshare_mem);
		run_forwarded(&k, PKVM_GC_ioread);
		run_forwarded(&k, PKVM_GC_iowrite);
	}
	vm_destroy(&k.vm);
}

/* Its host starts an npVM's second vCPU, after each INIT again. */
static void start_by_sipi(void)
{
	const struct pkvm_vector vector = {SECONDARY / PKVM_PAGE_SIZE};
	const struct pkvm_flag init = {1};
	struct pkvm_vcpu_handle handle;
	struct pkvm_run_exit exit;
	struct pkvm_run run = {0};
	struct vm vm, second;

	vm_make_pair(&vm, &second, PKVM_VM_NPVM);
	handle.vcpu = run.vcpu = second.vcpu;
	EXPECT_EQUAL(pkvm_hc_vcpu_load(&handle).error, 0);
	for (unsigned int i = 0; i < TIMES; i++) {
		EXPECT_EQUAL(pkvm_hc_vcpu_reset(&init).error, 0);
		EXPECT_EQUAL(pkvm_hc_vcpu_run(&run, &exit).error, 0);
		EXPECT_EQUAL(exit.kind, PKVM_EXIT_WAIT_FOR_SIPI);
		EXPECT_EQUAL(pkvm_hc_deliver_sipi(&vector).error, 0);
	}
	EXPECT_EQUAL(pkvm_hc_vcpu_put(&handle).error, 0);
	vm_destroy_pair(&vm, &second);
}

/* A pVM starts its second vCPU itself, once. */
static void start_by_guest(void)
{
	struct kernel k;
	struct vm second;

	kernel_begin_pair(&k, &second);
	guest_call(&k, PKVM_GC_abi_query, 1, 0, ~UINT64_C(0));
	guest_call(&k, PKVM_GC_start_cpu, 1, SECONDARY, 0);
	kernel_ready(&k);
	run_done(&k, PKVM_GC_abi_query);
	count_next_run_as(PKVM_GC_start_cpu);
	kernel_run(&k, PKVM_EXIT_GUEST_CALL);
	kernel_run_out(&k, DONE, 0);
	vm_destroy_pair(&k.vm, &second);
}

void work_on_second_vcpus(uint64_t type)
{
	for (unsigned int i = 0; i < PAIRS; i++) {
		if (type == PKVM_VM_NPVM)
			start_by_sipi();
		else
			start_by_guest();
	}
}
