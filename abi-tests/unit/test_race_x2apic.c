/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Two CPUs at a VM's model: x2APIC flags, irqchip mode, first vCPU, by calls and
 * by the host's stubs. What they answer and leave behind is what one of them
 * after the other would have.
 */
#include "race.h"
#include "host/irqchip.h"
#include "host/x86_ops.h"

#define ROUNDS 2000 /* half by calls, half by stubs */

struct contest;

/* The same operations, by calls or by stubs. */
struct way {
	const char *name;
	int64_t (*irqchip)(struct contest *contest, uint64_t mode);
	int64_t (*x2apic)(struct contest *contest, uint64_t flags);
	int64_t (*create)(struct contest *contest, uint32_t id);
};

struct contest {
	const struct way *way;
	struct pkvm_host_vm vm;
	struct pkvm_host_vcpu vcpu[2];
	struct pkvm_host_irqchip chip[3];       /* by mode; the chosen one is the VM's */
	struct pkvm_vcpu_config config[2];      /* of vCPUs made by a call      */
	struct pkvm_vcpu_handle handle[2];
	void (*other)(struct contest *contest); /* what CPU 1 does              */
	int64_t status[3];                      /* CPU 0's, and CPU 1's two     */
};

/* What some order gives: statuses, irqchip (mode + 1, 0 not set), flags. */
struct outcome {
	int64_t status[3];
	uint32_t irqchip;
	uint64_t flags;
};

static int64_t call_irqchip(struct contest *contest, uint64_t mode)
{
	const struct pkvm_vm_cap cap = {.vm = contest->vm.handle, .arg0 = mode};

	return pkvm_hc_enable_cap(&cap).error;
}

/* Discovery tells every flag, and a refusal none. */
static int64_t call_x2apic(struct contest *contest, uint64_t flags)
{
	const struct pkvm_vm_flags in = {contest->vm.handle, flags};
	struct pkvm_value known;
	const int64_t error = pkvm_hc_x2apic_api(&in, &known).error;

	return known.value == (error ? 0 : 0xf) ? error : 1;
}

static int64_t call_create(struct contest *contest, uint32_t id)
{
	contest->config[id].vm = contest->vm.handle;
	return pkvm_hc_vcpu_create(&contest->config[id], &contest->handle[id]).error;
}

static int64_t stub_irqchip(struct contest *contest, uint64_t mode)
{
	return pkvm_host_vm_create_irqchip(&contest->vm, &contest->chip[mode], (uint32_t)mode);
}

static int64_t stub_x2apic(struct contest *contest, uint64_t flags)
{
	uint64_t known;
	const int error = pkvm_host_vm_x2apic_api(&contest->vm, flags, &known);

	return known == (error ? 0 : 0xf) ? error : 1;
}

static int64_t stub_create(struct contest *contest, uint32_t id)
{
	return pkvm_host_vcpu_create(&contest->vm, &contest->vcpu[id], id);
}

static const struct way ways[] = {
	{"calls", call_irqchip, call_x2apic, call_create},
	{"stubs", stub_irqchip, stub_x2apic, stub_create},
};

/* Where both threads share one CPU only a yield lets the other be the first. */
static void rival(struct race *race)
{
	struct contest *contest = race->argument;

	while (race_wait(race)) {
		if (race->done & 4)
			sched_yield();
		contest->other(contest);
		race_done(race);
	}
}

/* No vCPU is left over: destroying refuses a VM that has one. */
static void end_round(struct contest *contest)
{
	struct pkvm_reclaim list;

	for (uint32_t id = 0; id < 2; id++) {
		if (contest->handle[id].vcpu)
			assert_int_equal(pkvm_hc_vcpu_free(&contest->handle[id], &list).error,
					 0);
		contest->handle[id].vcpu = 0;
	}
	assert_false(pkvm_host_is_dead(&contest->vm));
	assert_int_equal(pkvm_host_vm_destroy(&contest->vm), 0);
}

/* What the host's stubs noted is what the hypervisor has. */
static void check_notes(const struct contest *contest, const struct pkvm_vm *vm)
{
	const struct pkvm_host_irqchip *chip = contest->vm.chip;

	if (contest->way->create != stub_create)
		return;
	assert_int_equal(contest->vm.x2apic_flags, vm->x2apic_flags);
	assert_ptr_equal(chip, vm->irqchip ? &contest->chip[vm->irqchip - 1] : NULL);
	if (!chip)
		return;
	assert_int_equal(chip->mode, vm->irqchip - 1);
	assert_int_equal(chip->x2apic_flags, vm->x2apic_flags);
	assert_int_equal(chip->suppress_eoi, vm->x2apic_flags >> 2 & 3);
}

/* Which of the outcomes this is; none fails the test. */
static size_t judge(const struct race *race, const struct contest *contest,
		    const struct outcome *outcomes, size_t nr_outcomes)
{
	struct pkvm_slots *vms = &machine_hyp(race->m)->vms;
	const struct pkvm_vm *vm =
		pkvm_plat_private(vms->slot[pkvm_slot_number(contest->vm.handle)].object);
	const int64_t *status = contest->status;

	check_notes(contest, vm);
	for (size_t i = 0; i < nr_outcomes; i++) {
		if (!memcmp(status, outcomes[i].status, sizeof(outcomes[i].status)) &&
		    vm->irqchip == outcomes[i].irqchip &&
		    vm->x2apic_flags == outcomes[i].flags)
			return i;
	}
	fail_msg("%s: %d; %d, %d; irqchip %u, flags 0x%x", contest->way->name, (int)status[0],
		 (int)status[1], (int)status[2], vm->irqchip, (unsigned int)vm->x2apic_flags);
	return 0;
}

static void compete(struct race *race, void (*mine)(struct contest *contest),
		    void (*other)(struct contest *contest), bool split,
		    const struct outcome *outcomes, size_t nr_outcomes)
{
	struct contest contest = {
		.other = other,
		.config = {{0, world_pages(1), world_pages(5), 0x5000, 0, 0, 0},
			   {0, world_pages(1), world_pages(5), 0x5000, 0, 0, 1}},
	};
	unsigned int count[3] = {0};
	struct pkvm_host host;

	assert_true(nr_outcomes <= 3);
	assert_int_equal(pkvm_host_negotiate(&host), 0);
	race_begin(race, rival, &contest);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		contest.way = &ways[i % 2];
		memset(contest.status, 0, sizeof(contest.status));
		assert_int_equal(pkvm_host_vm_init(&contest.vm, &host, PKVM_VM_NPVM, 2), 0);
		if (split)
			assert_int_equal(contest.way->irqchip(&contest, 2), 0);
		race_open(race);
		race_delay(race, i / 2 % 4 * 128);
		mine(&contest);
		race_close(race);
		count[judge(race, &contest, outcomes, nr_outcomes)]++;
		end_round(&contest);
	}
	race_end(race);
	print_message("%u, %u, %u times\n", count[0], count[1], count[2]);
}

static void choose_kernel(struct contest *contest)
{
	contest->status[0] = contest->way->irqchip(contest, 1);
}

static void enable(struct contest *contest)
{
	contest->status[0] = contest->way->x2apic(contest, 4);
}

static void create(struct contest *contest)
{
	contest->status[0] = contest->way->create(contest, 0);
}

static void other_chooses_split_and_enables(struct contest *contest)
{
	contest->status[1] = contest->way->irqchip(contest, 2);
	contest->status[2] = contest->way->x2apic(contest, 4);
}

static void other_chooses_kernel(struct contest *contest)
{
	contest->status[1] = contest->way->irqchip(contest, 1);
}

static void other_enables_and_adds_ids(struct contest *contest)
{
	contest->status[1] = contest->way->x2apic(contest, 5);
}

static void other_disables(struct contest *contest)
{
	contest->status[1] = contest->way->x2apic(contest, 8);
}

static void other_creates_the_second(struct contest *contest)
{
	contest->status[1] = contest->way->create(contest, 1);
}

#define COMPETE(RACE, MINE, OTHER, SPLIT, OUTCOMES) \
	compete(RACE, MINE, OTHER, SPLIT, OUTCOMES, sizeof(OUTCOMES) / sizeof((OUTCOMES)[0]))

static void test_enabled_suppression_and_an_irqchip_in_the_kernel_never_meet(void **state)
{
	static const struct outcome outcomes[] = {
		{{0, -16, -22}, 2, 0}, {{-16, 0, 0}, 3, 4},
	};

	COMPETE(*state, choose_kernel, other_chooses_split_and_enables, false, outcomes);
}

static void test_flags_are_set_before_the_first_vcpu_or_refused(void **state)
{
	static const struct outcome outcomes[] = {
		{{0, 0}, 3, 5}, {{0, -16}, 3, 0},
	};

	COMPETE(*state, create, other_enables_and_adds_ids, true, outcomes);
}

static void test_an_irqchip_is_chosen_before_the_first_vcpu_or_refused(void **state)
{
	static const struct outcome outcomes[] = {
		{{0, 0}, 2, 0}, {{0, -16}, 0, 0},
	};

	COMPETE(*state, create, other_chooses_kernel, false, outcomes);
}

static void test_the_first_vcpu_comes_between_two_settings_or_outside_both(void **state)
{
	static const struct outcome outcomes[] = {
		{{0, 0, 0}, 3, 4}, {{0, 0, -16}, 3, 0}, {{0, -16, -16}, 0, 0},
	};

	COMPETE(*state, create, other_chooses_split_and_enables, false, outcomes);
}

static void test_of_two_modes_the_last_stays_and_they_never_mix(void **state)
{
	static const struct outcome outcomes[] = {
		{{0, 0}, 3, 4}, {{0, 0}, 3, 8},
	};

	COMPETE(*state, enable, other_disables, true, outcomes);
}

static void test_two_vcpus_are_made_at_once_and_both_are_kept(void **state)
{
	static const struct outcome outcomes[] = {{{0, 0}, 0, 0}};

	COMPETE(*state, create, other_creates_the_second, false, outcomes);
}

#define RACING(TEST) cmocka_unit_test_setup_teardown(TEST, race_setup, race_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RACING(test_enabled_suppression_and_an_irqchip_in_the_kernel_never_meet),
		RACING(test_flags_are_set_before_the_first_vcpu_or_refused),
		RACING(test_an_irqchip_is_chosen_before_the_first_vcpu_or_refused),
		RACING(test_the_first_vcpu_comes_between_two_settings_or_outside_both),
		RACING(test_of_two_modes_the_last_stays_and_they_never_mix),
		RACING(test_two_vcpus_are_made_at_once_and_both_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
