/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of a pVM's own calls, by VMCALL from a running guest. */
#include "run_fixture.h"
#include "../../lib/mmu.h"

#define RAX 0
#define RCX 1
#define RDX 2
#define RBX 3

/* Appends a call with three words, and a byte to port 0x10 behind it. */
static void call(struct guest *g, uint64_t number, uint64_t word1, uint64_t word2,
		 uint64_t word3)
{
	OP(g, "mov_imm", RAX, number);
	OP(g, "mov_imm", RBX, word1);
	OP(g, "mov_imm", RCX, word2);
	OP(g, "mov_imm", RDX, word3);
	OP(g, "vmcall");
	OP(g, "out8", 0x10);
}

static void begin(struct guest *g)
{
	guest_begin(g, PKVM_VM_PVM);
	call(g, 0x10000, 1, 0, 3);
}

/* Runs to the byte behind a call: its status, and the word in RBX. */
static void expect(struct guest *g, int64_t status, uint64_t word)
{
	guest_run(g, PKVM_EXIT_OUT);
	assert_int_equal((int64_t)guest_vcpu(g)->regs.gpr[RAX], status);
	assert_int_equal(guest_vcpu(g)->regs.gpr[RBX], word);
}

/* The physical address behind a guest page is out of the host's view, or not. */
static bool host_sees(const struct guest *g, uint64_t gpa)
{
	uint64_t hpa = 0;
	bool writable;

	assert_true(pkvm_mmu_lookup(guest_vcpu(g)->vm, gpa, &hpa, &writable));
	return machine_host_sees(hpa);
}

static void test_before_abi_query_every_call_is_refused(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	call(&g, 0x10001, 0x6000, 4096, 0);
	call(&g, 0x10000, 2, 0, 3); /* another major version */
	call(&g, 0x10001, 0x6000, 4096, 0);
	call(&g, 0x10000, 1, 0, 0); /* no features           */
	call(&g, 0x10001, 0x6000, 4096, 0);
	guest_ready(&g);
	expect(&g, -71, 0);
	expect(&g, 0, 1);
	expect(&g, -71, 0);
	expect(&g, 0, 1);
	expect(&g, -38, 0);
	guest_end(&g);
}

static void test_unknown_numbers_are_refused_with_all_bits_of_rax(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, 0x10006, 7, 7, 7);
	call(&g, 0x400, 7, 7, 7);
	call(&g, 0x100010001, 7, 7, 7);
	guest_ready(&g);
	expect(&g, 0, 1);
	expect(&g, -38, 0);
	expect(&g, -38, 0);
	expect(&g, -38, 0);
	guest_end(&g);
}

static void test_sharing_a_page_shows_it_to_the_host_and_back(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, 0x10001, 0x6000, 8192, 0);
	call(&g, 0x10001, 0x7000, 4096, 0); /* shared already */
	call(&g, 0x10002, 0x6000, 4096, 0);
	call(&g, 0x10002, 0x6000, 4096, 0); /* private already */
	guest_ready(&g);
	expect(&g, 0, 1);
	assert_false(host_sees(&g, 0x6000));
	expect(&g, 0, 0);
	assert_true(host_sees(&g, 0x6000));
	assert_true(host_sees(&g, 0x7000));
	expect(&g, -1, 1);
	expect(&g, 0, 0);
	assert_false(host_sees(&g, 0x6000));
	assert_true(host_sees(&g, 0x7000));
	expect(&g, -1, 1);
	guest_end(&g);
}

static void test_bad_ranges_are_refused_by_word(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, 0x10001, 0x6001, 4096, 0);
	call(&g, 0x10001, 0x6000, 0, 0);
	call(&g, 0x10001, 0x6000, 513 * 4096, 0);
	call(&g, 0x10001, 0xfffffffffffff000, 8192, 0);
	call(&g, 0x10002, 0x1000000000000, 4096, 0);
	guest_ready(&g);
	expect(&g, 0, 1);
	expect(&g, -22, 1);
	expect(&g, -22, 2);
	expect(&g, -22, 2);
	guest_run(&g, PKVM_EXIT_OUT);
	assert_int_equal((int64_t)guest_vcpu(&g)->regs.gpr[RAX], -22);
	expect(&g, -22, 1);
	guest_end(&g);
}

static void test_sharing_a_page_that_is_not_there_asks_the_host_and_repeats(void **state)
{
	struct guest g;
	uint64_t pool;

	(void)state;
	begin(&g);
	call(&g, 0x10001, 0x40000000, 4096, 0);
	guest_ready(&g);
	expect(&g, 0, 1);
	pool = guest_vcpu(&g)->vm->pool_pages;
	guest_vcpu(&g)->vm->pool_pages = 0;
	guest_run(&g, PKVM_EXIT_NEED_PAGES);
	assert_int_equal(g.exit.word0, 2); /* a page directory, a page table */
	guest_vcpu(&g)->vm->pool_pages = pool;
	guest_run(&g, PKVM_EXIT_EPT_VIOLATION);
	assert_int_equal(g.exit.word0, 0x40000000);
	assert_int_equal(g.exit.word1, 2);
	world_map(0x40000000, 1);
	expect(&g, 0, 0);
	assert_true(host_sees(&g, 0x40000000));
	guest_end(&g);
}

static void test_ioread_forwards_its_fields_and_takes_the_low_bytes(void **state)
{
	struct pkvm_page_reply *reply;
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, 0x10003, 0xfee00010, 2, 0x5ec9e7);
	call(&g, 0x10003, 0xfee00ffe, 4, 0);
	call(&g, 0x10003, 0xfee00000, 3, 0);
	call(&g, 0x10003, 0xfee00000, 8, 0);
	guest_ready(&g);
	reply = &world_page(&g.vcpu)->reply;
	expect(&g, 0, 1);
	guest_run(&g, PKVM_EXIT_GUEST_CALL);
	assert_int_equal(g.exit.word0, 0x10003);
	assert_int_equal(g.exit.word1, 0xfee00010);
	assert_int_equal(g.exit.word2, 2);
	assert_int_equal(g.exit.word3, 0);
	assert_int_equal(guest_run_status(&g), -16);
	reply->status = 5; /* not a status: neither 0 nor an errno */
	reply->valid = 1;
	assert_int_equal(guest_run_status(&g), -22);
	reply->status = 0;
	for (unsigned int i = 0; i < 2; i++) {
		reply->reserved[i] = 1;
		assert_int_equal(guest_run_status(&g), -22);
		reply->reserved[i] = 0;
	}
	reply->word[0] = 0x12345678;
	expect(&g, 0, 0x5678);
	expect(&g, -22, 1);
	expect(&g, -22, 2);
	guest_run(&g, PKVM_EXIT_GUEST_CALL);
	reply->status = (uint64_t)-14;
	reply->word[0] = 0x1234;
	reply->valid = 1;
	expect(&g, -14, 0);
	guest_end(&g);
}

static void test_iowrite_forwards_the_value_at_its_width(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, 0x10004, 0xfee000b0, 1, 0x1122334455667788);
	guest_ready(&g);
	expect(&g, 0, 1);
	guest_run(&g, PKVM_EXIT_GUEST_CALL);
	assert_int_equal(g.exit.word0, 0x10004);
	assert_int_equal(g.exit.word2, 1);
	assert_int_equal(g.exit.word3, 0x88);
	world_page(&g.vcpu)->reply.word[0] = 99;
	world_page(&g.vcpu)->reply.valid = 1;
	expect(&g, 0, 0);
	guest_end(&g);
}

static void test_start_cpu_judges_id_and_address(void **state)
{
	struct world_vcpu secondary;
	struct guest g;

	(void)state;
	begin(&g);
	secondary = world_vcpu(&g.vm, 2);
	call(&g, 0x10005, 0, 0x8000, 0); /* the BSP          */
	call(&g, 0x10005, 1, 0x8000, 0); /* not created      */
	call(&g, 0x10005, 9, 0x8000, 0); /* beyond max_vcpus */
	call(&g, 0x10005, 2, 0x8001, 0);
	call(&g, 0x10005, 2, 0x100000, 0);
	call(&g, 0x10005, 2, 0xff000, 0);
	call(&g, 0x10005, 2, 0x8000, 0); /* started already  */
	guest_ready(&g);
	expect(&g, 0, 1);
	expect(&g, -22, 1);
	expect(&g, -22, 1);
	expect(&g, -22, 1);
	expect(&g, -22, 2);
	expect(&g, -22, 2);
	guest_run(&g, PKVM_EXIT_GUEST_CALL);
	assert_int_equal(g.exit.word0, 0x10005);
	assert_int_equal(g.exit.word1, 2);
	expect(&g, 0, 0);
	expect(&g, -16, 1);
	world_free_vcpu(&secondary);
	guest_end(&g);
}

static void test_an_npvm_vmcall_is_forwarded_whole(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	call(&g, 0x10000, 1, 0, 3);
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 18);
	assert_int_equal(world_page(&g.vcpu)->regs.gpr[RAX], 0x10000);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_abi_query_every_call_is_refused),
		cmocka_unit_test(test_unknown_numbers_are_refused_with_all_bits_of_rax),
		cmocka_unit_test(test_sharing_a_page_shows_it_to_the_host_and_back),
		cmocka_unit_test(test_bad_ranges_are_refused_by_word),
		cmocka_unit_test(
			test_sharing_a_page_that_is_not_there_asks_the_host_and_repeats),
		cmocka_unit_test(test_ioread_forwards_its_fields_and_takes_the_low_bytes),
		cmocka_unit_test(test_iowrite_forwards_the_value_at_its_width),
		cmocka_unit_test(test_start_cpu_judges_id_and_address),
		cmocka_unit_test(test_an_npvm_vmcall_is_forwarded_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
