/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host rewrites memory while the hypervisor judges what is in it: each result
 * is that of one of the contents, and what was judged is what is used.
 */
#include "race.h"
#include "lib/shared.h"

#define ROUNDS 600

/* A body for CPU 1: writes two contents to a page in turn, wherever it may. */
struct writer {
	uint64_t pa;
	const void *content[2];
	size_t size;
	uint64_t written;
};

static void write_in_turn(struct race *race)
{
	struct writer *writer = race->argument;

	for (unsigned int i = 0; !race_stopped(race); i ^= 1) {
		if (machine_host_write(writer->pa, writer->content[i], writer->size))
			__atomic_add_fetch(&writer->written, 1, __ATOMIC_RELAXED);
	}
}

/* Until the writer has been at it again, a few times or many. */
static void wait_for_writes(struct writer *writer, uint64_t writes)
{
	const uint64_t until = __atomic_load_n(&writer->written, __ATOMIC_RELAXED) + writes;

	while (__atomic_load_n(&writer->written, __ATOMIC_RELAXED) < until)
		sched_yield();
}

#define MIB (1ull << 20)

static void init_against_a_writer(struct race *race, struct writer *writer)
{
	const struct pkvm_region_list list = {writer->pa, 2};
	const struct pkvm_pages *pages = &machine_hyp(race->m)->pages;
	uint64_t private;
	int64_t status;

	status = pkvm_hc_init(&list).error;
	if (status) {
		assert_int_equal(status, -22);
		assert_int_equal(pages->nr_ram, 0);
		return;
	}
	/* Each region is of one of the contents, or their mix is valid as a whole. */
	assert_int_equal(pages->nr_ram, 2);
	for (uint32_t i = 0; i < 2; i++)
		assert_true(pages->ram[i].size == 4 * MIB || pages->ram[i].size == 8 * MIB);
	assert_true(pages->ram[0].size <= pages->ram[1].address);
	private = pages->count[PKVM_PAGE_HYPERVISOR] + pages->count[PKVM_PAGE_HOST];
	assert_int_equal(private, (pages->ram[0].size + pages->ram[1].size) / 4096);
}

static void test_init_judges_the_regions_that_it_uses(void **state)
{
	/* Each is valid; the first one's first and the other one's second overlap. */
	const struct pkvm_memory_region a[2] = {{0, 8 * MIB, 0}, {8 * MIB, 8 * MIB, 0}};
	const struct pkvm_memory_region b[2] = {{0, 4 * MIB, 0}, {4 * MIB, 4 * MIB, 0}};
	struct race *race = *state;

	for (int i = 0; i < ROUNDS / 10; i++) {
		struct writer writer = {.content = {a, b}, .size = sizeof(a)};

		world_end(race->m);
		race->m = world_negotiated(2);
		writer.pa = world_pages(1);
		assert_true(machine_host_write(writer.pa, a, sizeof(a)));
		race_begin(race, write_in_turn, &writer);
		wait_for_writes(&writer, 1 + (uint64_t)i % 5);
		init_against_a_writer(race, &writer);
		race_end(race);
	}
	world_end(race->m);
	race->m = world_up(2);
}

/* A table of one leaf, and one with an unknown flag. */
static const struct pkvm_cpuid_entry good = {.function = 0x80000002, .eax = 0x11111111};
static const struct pkvm_cpuid_entry bad = {.function = 0x80000002, .flags = 0x80000000};

/* The entry of the taken table, which the host cannot see. */
static uint32_t brand(const struct world_vcpu *vcpu)
{
	const struct pkvm_vcpu *inside = pkvm_plat_private(vcpu->area);
	const struct pkvm_cpuid_entry *entry = pkvm_plat_private(inside->cpuid);

	for (uint64_t i = 0; i < inside->cpuid_count; i++) {
		if (entry[i].function == 0x80000002)
			return entry[i].eax;
	}
	return 0;
}

static void test_a_cpuid_table_is_judged_where_the_host_cannot_write(void **state)
{
	struct race *race = *state;
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);
	struct writer writer = {world_pages(1), {&good, &bad}, sizeof(good), 0};
	unsigned int taken = 0;

	world_load(&vcpu);
	race_begin(race, write_in_turn, &writer);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		const struct pkvm_cpuid_table table = {writer.pa, 4096, 1};
		const struct pkvm_cpuid_table other = {world_pages(1), 4096, 0};
		struct pkvm_reclaim list;
		int64_t status;

		wait_for_writes(&writer, 1 + i % 5);
		status = pkvm_hc_vcpu_after_set_cpuid(&table, &list).error;
		assert_true(status == 0 || status == -22);
		if (!status) {
			taken++;
			assert_false(machine_host_sees(writer.pa));
			for (int look = 0; look < 20; look++)
				assert_int_equal(brand(&vcpu), 0x11111111);
			/* Out again, for the next round. */
			assert_int_equal(pkvm_hc_vcpu_after_set_cpuid(&other, &list).error, 0);
		}
		assert_true(machine_host_sees(writer.pa));
		assert_true(status || !machine_host_sees(other.address));
		if (status)
			assert_true(machine_host_free(other.address, 1));
	}
	race_end(race);
	assert_in_range(taken, 1, ROUNDS - 1);
	world_put(&vcpu);
}

static void test_the_shared_page_is_not_read_while_a_vcpu_is_made(void **state)
{
	static uint64_t ones[512], lies[512];
	struct race *race = *state;
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct pkvm_vcpu_config config = {vm.handle, world_pages(1), world_pages(5),
						0x5000, 0, 0, 3};
	struct writer writer = {config.page, {ones, lies}, 4096, 0};

	memset(ones, 0xff, sizeof(ones));
	for (uint64_t i = 0; i < 512; i++)
		lies[i] = config.area;
	race_begin(race, write_in_turn, &writer);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		const struct pkvm_vcpu *vcpu = pkvm_plat_private(config.area);
		struct pkvm_vcpu_handle handle;
		struct pkvm_reclaim list;

		wait_for_writes(&writer, i % 2);
		assert_int_equal(pkvm_hc_vcpu_create(&config, &handle).error, 0);
		assert_int_equal(vcpu->handle, handle.vcpu);
		assert_int_equal(vcpu->id, 3);
		assert_int_equal(vcpu->page, config.page);
		assert_int_equal(vcpu->area_size, 0x5000);
		assert_int_equal(pkvm_page_value(machine_hyp(race->m), config.page), 1);
		assert_int_equal(pkvm_hc_vcpu_free(&handle, &list).error, 0);
		assert_int_equal(list.address, config.area);
		assert_int_equal(list.pages, 5);
		assert_int_equal(list.ranges, 1);
	}
	race_end(race);
}

/* As soon as a page is back, its links are the host's to overwrite. */
static void test_a_host_that_rewrites_links_harms_only_itself(void **state)
{
	static uint64_t ones[1024];
	struct race *race = *state;
	const uint64_t area = world_pages(3), pool = world_pages(64);
	struct writer writer = {pool, {ones, ones}, sizeof(ones), 0};

	memset(ones, 0xff, sizeof(ones));
	race_begin(race, write_in_turn, &writer);
	for (uint64_t i = 0; i < ROUNDS / 4; i++) {
		const struct pkvm_vm_config config = {area, 3 * 4096, 1, 1};
		struct pkvm_vm_handle vm;
		struct pkvm_reclaim_more out;
		uint64_t ranges = 0;

		wait_for_writes(&writer, i % 3);
		assert_int_equal(pkvm_hc_vm_init(&config, &vm).error, 0);
		for (uint64_t page = 0; page < 64; page += 2) {
			const struct pkvm_vm_range range = {vm.vm, pool + page * 4096, 4096};

			assert_int_equal(pkvm_hc_vm_topup(&range).error, 0);
		}
		do {
			assert_int_equal(pkvm_hc_vm_destroy(&vm, &out).error, 0);
			ranges += out.ranges;
		} while (out.more);
		assert_int_equal(ranges, 33);
		assert_int_equal(machine_page_counts(race->m).private, 256);
	}
	race_end(race);
}

struct posts {
	uint64_t *words;
	uint64_t posted;        /* bits that were clear before */
};

static void post_one_by_one(struct race *race)
{
	struct posts *posts = race->argument;

	for (uint64_t i = 0; i < 64 * 500; i++) {
		const uint64_t bit = 1ull << i % 64;

		posts->posted += !(__atomic_fetch_or(&posts->words[i / 64 % 4], bit,
						     __ATOMIC_RELAXED) & bit);
	}
}

/* Taking a word is one step: no post is lost between reading and clearing it. */
static void test_no_post_is_lost_while_the_bitmap_is_taken(void **state)
{
	struct race *race = *state;
	const uint64_t page = world_pages(1);
	struct posts posts = {.words = machine_host_ptr(page)};
	uint64_t taken = 0;

	for (int i = 0; i < 4; i++)
		posts.words[i] = 0;
	race_begin(race, post_one_by_one, &posts);
	for (size_t i = 0; i < 20000; i++)
		taken += (uint64_t)__builtin_popcountll(
			pkvm_shared_take(pkvm_plat_shared(page), i % 4 * 8));
	race_end(race);
	for (size_t i = 0; i < 4; i++)
		taken += (uint64_t)__builtin_popcountll(
			pkvm_shared_take(pkvm_plat_shared(page), i * 8));
	assert_int_equal(taken, posts.posted);
}

#define RACING(TEST) cmocka_unit_test_setup_teardown(TEST, race_setup, race_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RACING(test_init_judges_the_regions_that_it_uses),
		RACING(test_a_cpuid_table_is_judged_where_the_host_cannot_write),
		RACING(test_the_shared_page_is_not_read_while_a_vcpu_is_made),
		RACING(test_a_host_that_rewrites_links_harms_only_itself),
		RACING(test_no_post_is_lost_while_the_bitmap_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
