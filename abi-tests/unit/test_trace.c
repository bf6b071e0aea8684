/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests the VM-exit trace: counts, cycles, reset, paging, the sum over CPUs, refusals. */
#include "register_fixture.h"
#include "../../lib/hyp.h"

#define ENABLE 0x0100u
#define DUMP   0x0101u

#define GET_RFLAGS 0x040cu
#define EXIT_VMCALL 18u         /* SDM "VMX Basic Exit Reasons" */

static struct pkvm_trace_entry entry[256];

static struct world_result dump(struct machine *m, uint64_t page, uint64_t size, uint64_t vcpu,
				uint64_t first)
{
	return world_call(m, DUMP, 4, 2, page, size, vcpu, first);
}

/* Dumps into a fresh buffer; entry[] has what was written, at most one page's more. */
static struct world_result dump_read(struct machine *m, uint64_t pages, uint64_t vcpu,
				     uint64_t first)
{
	const uint64_t page = world_pages(pages);
	const struct world_result result = dump(m, page, pages * 4096, vcpu, first);

	assert_done(result);
	assert_in_range(result.out[0], 0, pages * 128);
	assert_true(machine_host_read(page, entry, pages * 4096));
	assert_true(machine_host_free(page, pages));
	return result;
}

/* The entry of a kind and number among n, or NULL. */
static const struct pkvm_trace_entry *find(uint64_t n, uint64_t kind, uint64_t number)
{
	for (uint64_t i = 0; i < n; i++) {
		if (entry[i].kind == kind && entry[i].number == number)
			return &entry[i];
	}
	return NULL;
}

/* Count and cycles of an entry; the machine's counter ticks once for each call. */
static void assert_entry(uint64_t n, uint64_t kind, uint64_t number, uint64_t count,
			 uint64_t cycles)
{
	const struct pkvm_trace_entry *found = find(n, kind, number);

	assert_non_null(found);
	assert_int_equal(found->count, count);
	assert_int_equal(found->cycles, cycles);
}

static void turn(struct machine *m, uint64_t on)
{
	assert_done(world_call(m, ENABLE, 1, 0, on));
}

static void test_calls_are_counted_since_the_trace_was_turned_on(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	uint64_t n;

	(void)state;
	assert_done(call0(&l, GET_RFLAGS));
	turn(l.m, 1);
	for (unsigned int i = 0; i < 5; i++)
		assert_done(call0(&l, GET_RFLAGS));
	assert_refused(call1(&l, 0x0402, 8), -22, 1);
	assert_refused(call1(&l, 0x0403, 0), -38, 0);
	n = dump_read(l.m, 1, 0, 0).out[0];
	assert_int_equal(n, 3);
	/* The number without a row was an exit, and no call. */
	assert_entry(n, 0, EXIT_VMCALL, 7, 7);
	assert_entry(n, 1, GET_RFLAGS, 5, 5);
	assert_entry(n, 1, 0x0402, 1, 1);
	n = dump_read(l.m, 1, 0, 0).out[0];
	assert_entry(n, 0, EXIT_VMCALL, 8, 8);
	assert_entry(n, 1, DUMP, 1, 1);
	loaded_end(&l);
}

static void test_turning_on_resets_every_counter_and_off_keeps_them(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	uint64_t n;

	(void)state;
	turn(l.m, 1);
	assert_done(call0(&l, GET_RFLAGS));
	run_once(&l);
	assert_int_not_equal(dump_read(l.m, 1, l.vcpu.handle, 0).out[0], 0);
	turn(l.m, 0);
	assert_done(call0(&l, GET_RFLAGS));
	n = dump_read(l.m, 1, 0, 0).out[0];
	assert_entry(n, 1, GET_RFLAGS, 1, 1);
	turn(l.m, 1);
	turn(l.m, 0);
	assert_int_equal(dump_read(l.m, 1, l.vcpu.handle, 0).out[0], 0);
	n = dump_read(l.m, 1, 0, 0).out[0];
	/* At most the call that turned it off. */
	for (uint64_t i = 0; i < n; i++) {
		assert_int_equal(entry[i].number, entry[i].kind ? ENABLE : EXIT_VMCALL);
		assert_int_equal(entry[i].count, 1);
	}
	loaded_end(&l);
}

static void test_counters_begin_anew_whenever_it_is_turned_on(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (uint64_t i = 3; i; i--) {
		turn(l.m, 1);
		for (uint64_t j = 0; j < i; j++) {
			assert_done(call0(&l, GET_RFLAGS));
			run_once(&l);
		}
		assert_int_equal(dump_read(l.m, 1, l.vcpu.handle, 0).out[0], 1);
		assert_int_equal(entry[0].count, i);
		assert_entry(dump_read(l.m, 1, 0, 0).out[0], 1, GET_RFLAGS, i, i);
	}
	loaded_end(&l);
}

/* An exit that was under way on another CPU when the trace was turned on again. */
static void test_what_began_before_a_reset_is_not_counted_after_it(void **state)
{
	struct machine *m = world_up(1);
	struct pkvm_trace *exits = &pkvm_hyp_host_trace(machine_hyp(m), 0)->exits;
	uint64_t before, after, n;

	(void)state;
	turn(m, 1);
	before = pkvm_trace_epoch(machine_hyp(m));
	turn(m, 1);
	after = pkvm_trace_epoch(machine_hyp(m));
	assert_int_not_equal(after, before);
	pkvm_trace_exit(exits, after, 55, 7);
	pkvm_trace_exit(exits, before, 55, 100);
	n = dump_read(m, 1, 0, 0).out[0];
	assert_entry(n, 0, 55, 1, 7);
	world_end(m);
}

static void test_nothing_is_counted_before_it_was_turned_on(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call0(&l, GET_RFLAGS));
	run_once(&l);
	assert_int_equal(dump_read(l.m, 1, 0, 0).out[0], 0);
	assert_int_equal(dump_read(l.m, 1, l.vcpu.handle, 0).out[0], 0);
	loaded_end(&l);
}

/* Without memory a guest's first fetch is an EPT violation, basic exit reason 48. */
static void test_a_vcpus_exits_are_its_own(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	const struct world_vcpu other = world_vcpu(&l.vm, 1);
	const struct pkvm_run run = {l.vcpu.handle, 0};
	struct pkvm_run_exit exit;

	(void)state;
	run_once(&l);
	turn(l.m, 1);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(pkvm_hc_vcpu_run(&run, &exit).error, 0);
	assert_int_equal(exit.word0, 48);
	assert_int_equal(dump_read(l.m, 1, l.vcpu.handle, 0).out[0], 1);
	assert_int_equal(entry[0].kind, 0);
	assert_int_equal(entry[0].number, 48);
	assert_int_equal(entry[0].count, 3);
	assert_int_not_equal(entry[0].cycles, 0);
	assert_int_equal(dump_read(l.m, 1, other.handle, 0).out[0], 0);
	world_free_vcpu(&other);
	loaded_end(&l);
}

static void test_the_hosts_counters_are_summed_over_its_cpus(void **state)
{
	struct machine *m = world_up(3);
	uint64_t n;

	(void)state;
	turn(m, 1);
	for (unsigned int cpu = 0; cpu < 3; cpu++) {
		assert_true(machine_enter_cpu(m, cpu));
		for (unsigned int i = 0; i <= cpu; i++)
			assert_done(world_call(m, 0x0006, 0, 1));
	}
	n = dump_read(m, 1, 0, 0).out[0];
	assert_int_equal(n, 2);
	assert_entry(n, 0, EXIT_VMCALL, 6, 6);
	assert_entry(n, 1, 0x0006, 6, 6);
	world_end(m);
}

/* Something in every counter: 80 exit reasons and every call; their number. */
static uint64_t fill_all(struct machine *m)
{
	struct pkvm_hyp *hyp = machine_hyp(m);
	struct pkvm_trace *exits = &pkvm_hyp_host_trace(hyp, 0)->exits;
	const uint64_t epoch = pkvm_trace_epoch(hyp);

	for (uint32_t reason = 0; reason < 80; reason++)
		pkvm_trace_exit(exits, epoch, reason, reason + 1);
	for (uint32_t row = 0; row < 128; row++)
		pkvm_trace_call(pkvm_hyp_host_trace(hyp, 0), epoch, row, 3);
	turn(m, 0);
	return dump_read(m, 2, 0, 0).out[0];
}

static void test_a_dump_goes_on_where_the_last_one_ended(void **state)
{
	static struct pkvm_trace_entry all[256];
	struct machine *m = world_up(1);
	struct world_result part;
	uint64_t total;

	(void)state;
	turn(m, 1);
	total = fill_all(m);
	assert_in_range(total, 129, 255);
	for (uint64_t i = 0; i < total; i++)
		all[i] = entry[i];
	for (uint64_t first = 0; first <= total + 1; first++) {
		const uint64_t left = first < total ? total - first : 0;

		part = dump_read(m, 1, 0, first);
		assert_int_equal(part.out[0], left < 128 ? left : 128);
		assert_int_equal(part.out[1], left > 128);
		assert_memory_equal(entry, &all[left ? first : 0], part.out[0] * 32);
	}
	part = dump_read(m, 1, 0, ~(uint64_t)0);
	assert_int_equal(part.out[0], 0);
	assert_int_equal(part.out[1], 0);
	world_end(m);
}

static void test_entries_come_exits_first_by_number_then_calls_by_row(void **state)
{
	struct machine *m = world_up(1);
	uint64_t total;

	(void)state;
	turn(m, 1);
	total = fill_all(m);
	for (uint64_t i = 0; i < 80; i++) {
		assert_int_equal(entry[i].kind, 0);
		assert_int_equal(entry[i].number, i);
	}
	for (uint64_t i = 80; i < total; i++) {
		assert_int_equal(entry[i].kind, 1);
		if (i > 80)
			assert_true(entry[i].number > entry[i - 1].number);
	}
	assert_int_equal(entry[80].number, 0x0000);
	assert_int_equal(entry[total - 1].number, 0x0802);
	world_end(m);
}

static void test_memory_beyond_the_last_entry_stays_as_it_was(void **state)
{
	struct machine *m = world_up(1);
	const uint64_t page = world_pages(1);
	uint8_t before[4096], after[4096];

	(void)state;
	turn(m, 1);
	assert_done(world_call(m, 0x0006, 0, 1));
	assert_true(machine_host_read(page, before, 4096));
	assert_int_equal(dump(m, page, 4096, 0, 0).out[0], 2);
	assert_true(machine_host_read(page, after, 4096));
	assert_memory_equal(before + 64, after + 64, 4096 - 64);
	assert_true(machine_host_free(page, 1));
	world_end(m);
}

static void test_a_buffer_that_is_not_the_hosts_pages_is_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	const uint64_t page = world_pages(1);
	const uint64_t end = machine_ram_size(l.m);

	(void)state;
	assert_refused(dump(l.m, page, 0, 0, 0), -22, 2);
	assert_refused(dump(l.m, page, 4095, 0, 0), -22, 2);
	assert_refused(dump(l.m, page + 8, 4096, 0, 0), -22, 1);
	assert_refused(dump(l.m, page, 513 * 4096, 0, 0), -22, 2);
	assert_int_equal(dump(l.m, ~(uint64_t)4095, 8192, 0, 0).error, -22);
	assert_refused(dump(l.m, end, 4096, 0, 0), -14, 1);
	assert_refused(dump(l.m, machine_hyp_base(l.m), 4096, 0, 0), -1, 1);
	assert_refused(dump(l.m, l.vcpu.area, 4096, 0, 0), -1, 1);
	assert_true(machine_host_free(page, 1));
	loaded_end(&l);
}

static void test_an_unknown_or_stale_vcpu_is_not_found(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	const struct world_vcpu gone = world_vcpu(&l.vm, 1);
	const uint64_t page = world_pages(1);

	(void)state;
	world_free_vcpu(&gone);
	assert_refused(dump(l.m, page, 4096, gone.handle, 0), -2, 3);
	assert_refused(dump(l.m, page, 4096, l.vm.handle, 0), -2, 3);
	assert_refused(dump(l.m, page, 4096, ~(uint64_t)0, 0), -2, 3);
	assert_true(machine_host_free(page, 1));
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_are_counted_since_the_trace_was_turned_on),
		cmocka_unit_test(test_turning_on_resets_every_counter_and_off_keeps_them),
		cmocka_unit_test(test_counters_begin_anew_whenever_it_is_turned_on),
		cmocka_unit_test(test_what_began_before_a_reset_is_not_counted_after_it),
		cmocka_unit_test(test_nothing_is_counted_before_it_was_turned_on),
		cmocka_unit_test(test_a_vcpus_exits_are_its_own),
		cmocka_unit_test(test_the_hosts_counters_are_summed_over_its_cpus),
		cmocka_unit_test(test_a_dump_goes_on_where_the_last_one_ended),
		cmocka_unit_test(test_entries_come_exits_first_by_number_then_calls_by_row),
		cmocka_unit_test(test_memory_beyond_the_last_entry_stays_as_it_was),
		cmocka_unit_test(test_a_buffer_that_is_not_the_hosts_pages_is_refused),
		cmocka_unit_test(test_an_unknown_or_stale_vcpu_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
