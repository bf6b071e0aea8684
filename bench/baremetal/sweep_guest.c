/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Numbers that a pVM chooses: what a run costs in which it makes one call, which is
 * its host's time. The guest takes the call and its words from a page that it shares.
 */
#include "../../host/platform.h"
#include "sweep.h"

#define RSI       6u
#define MAILBOX   0xd000u               /* between program and stack           */
#define DATA      UINT64_C(0x200000)    /* pages that are shared and unshared  */
#define DEVICE    UINT64_C(0xfe000000)
#define SECONDARY UINT64_C(0x9000)
#define DONE      0x30u                 /* the port that gets a call's status  */

static struct kernel k;
static struct vm second;
static bool owed;               /* the last call was forwarded: a reply */

/* A register from a word of the mailbox. */
static void load(uint64_t reg, uint64_t word)
{
	OP(&k, "mov_imm", RSI, MAILBOX + 8 * word);
	OP(&k, "load64", reg, RSI);
}

static void make_call(void)
{
	OP(&k, "vmcall");
	OP(&k, "out8", DONE);
}

/* Negotiates, shares the mailbox, then does what stands in it, again and again. */
static void write_program(void)
{
	OP(&k, "mov_imm", RAX, PKVM_GC_abi_query);
	OP(&k, "mov_imm", RBX, 1);
	OP(&k, "mov_imm", RCX, 0);
	OP(&k, "mov_imm", RDX, ~UINT64_C(0));
	make_call();
	OP(&k, "mov_imm", RAX, PKVM_GC_share_mem);
	OP(&k, "mov_imm", RBX, MAILBOX);
	OP(&k, "mov_imm", RCX, PKVM_PAGE_SIZE);
	make_call();
	EXPECT_EQUAL(pkvm_asm_label(&k.code, 0), PKVM_ASM_OK);
	load(RAX, 0);
	load(RBX, 1);
	load(RCX, 2);
	make_call();
	OP(&k, "jmp", 0);
}

static void begin(void)
{
	kernel_begin_pair(&k, &second);
	write_program();
	kernel_ready(&k);
	kernel_run_out(&k, DONE, 0);
	kernel_run_out(&k, DONE, 0);
}

/* Statuses are small: AL has them. */
static int64_t call(uint64_t number, uint64_t rbx, uint64_t rcx)
{
	uint64_t *mailbox = (uint64_t *)(void *)(k.memory + MAILBOX);

	mailbox[0] = number;
	mailbox[1] = rbx;
	mailbox[2] = rcx;
	k.exit = vm_run(&k.vm);
	owed = k.exit.kind == PKVM_EXIT_GUEST_CALL;
	if (owed)
		return 0;
	EXPECT_EQUAL(k.exit.kind, PKVM_EXIT_OUT);
	return (int8_t)k.exit.word2;
}

static int64_t answer(uint64_t nr)
{
	(void)nr;
	if (!owed)
		return -PKVM_EINVAL;
	k.vm.page->reply.status = 0;
	k.vm.page->reply.valid = 1;
	kernel_run_out(&k, DONE, 0);
	return 0;
}

static int64_t share(uint64_t nr)
{
	return call(PKVM_GC_share_mem, DATA, nr * PKVM_PAGE_SIZE);
}

static int64_t unshare(uint64_t nr)
{
	return call(PKVM_GC_unshare_mem, DATA, nr * PKVM_PAGE_SIZE);
}

static int64_t ioread(uint64_t nr)
{
	return call(PKVM_GC_ioread, DEVICE, nr);
}

static int64_t iowrite(uint64_t nr)
{
	return call(PKVM_GC_iowrite, DEVICE, nr);
}

static int64_t start_cpu(uint64_t nr)
{
	return call(PKVM_GC_start_cpu, nr, SECONDARY);
}

static const struct sweep sweeps[] = {
	{"a run with a guest's share_mem, pages", PKVM_GC_share_mem, PKVM_WORD_range_size,
	 SWEEP_PAGES, share, NULL, unshare},
	{"a run with a guest's unshare_mem, pages", PKVM_GC_unshare_mem, PKVM_WORD_range_size,
	 SWEEP_PAGES, unshare, share, NULL},
	{"a run with a guest's ioread, bytes", PKVM_GC_ioread, PKVM_WORD_io_address_size, 8,
	 ioread, NULL, answer},
	{"a run with a guest's iowrite, bytes", PKVM_GC_iowrite, PKVM_WORD_io_write_size, 8,
	 iowrite, NULL, answer},
	{"a run with a guest's start_cpu, APIC id", PKVM_GC_start_cpu,
	 PKVM_WORD_startup_apic_id, 1, start_cpu, NULL, answer},
};

bool sweep_guest_calls(void)
{
	const struct pkvm_mapping data = {DATA, sweep_fresh(SWEEP_PAGES),
					  SWEEP_PAGES * PKVM_PAGE_SIZE, 1};
	bool fine;

	begin();
	EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&data).error, 0);
	fine = sweep_all(sweeps, sizeof(sweeps) / sizeof(sweeps[0]));
	vm_destroy_pair(&k.vm, &second);
	return fine;
}
