/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What saving tells and what it changes, for every state and every order of saving. */
#include "exception_save_fixture.h"

static struct subject cpu;

/* The one of the two that is saved, by its vector; 0: none. */
static uint32_t chosen(const struct shape *shape)
{
	return shape->vector ? shape->vector : shape->vmexit;
}

static bool chosen_is_pending(const struct shape *shape)
{
	return shape->pending || (shape->vmexit && !shape->vector);
}

/* Whether this save delivers the payload, if it is there. */
static bool quirk(const struct shape *shape, unsigned int what)
{
	const bool refused = shape->protected && (what == SAVE_SREGS || what == SAVE_DEBUGREGS);

	return !shape->capability && chosen_is_pending(shape) && !refused;
}

static void assert_events(const struct shape *shape, const struct pkvm_host_vcpu_events *events)
{
	const uint32_t vector = chosen(shape);
	const bool pending = chosen_is_pending(shape) && vector != 3;
	const bool payload = shape->capability && pending && (vector == 14 || vector == 1);

	assert_int_equal(events->vector, vector);
	assert_int_equal(events->has_error_code, vector == 14 || vector == 13);
	assert_int_equal(events->error_code, vector == 14 ? 2 : 0);
	assert_int_equal(events->valid_payload, shape->capability);
	assert_int_equal(events->pending, shape->capability && pending);
	assert_int_equal(events->injected, (shape->injected && vector != 3) ||
						   (!shape->capability && pending));
	assert_int_equal(events->has_payload, payload);
	assert_int_equal(events->payload, !payload ? 0 : vector == 14 ? 0xdead000 : 0x4000);
}

static void assert_saved(const struct shape *shape, const struct saved *saved,
			 unsigned int what, bool delivered)
{
	const uint64_t cr2 = delivered && chosen(shape) == 14 ? 0xdead000 : 0x1000;
	const uint64_t dr6 = delivered && chosen(shape) == 1 ? 0xffff4ff0 : 0xffff0ff0;
	const bool hidden = shape->protected;

	switch (what) {
	case SAVE_SREGS:
		assert_int_equal(saved->sregs.cr2, hidden ? 0 : cr2);
		break;
	case SAVE_DEBUGREGS:
		assert_int_equal(saved->debugregs_error, hidden ? -22 : 0);
		assert_int_equal(saved->debugregs.dr6, hidden ? 0 : dr6);
		break;
	case SAVE_EVENTS:
		assert_events(shape, &saved->events);
		break;
	default:
		assert_int_equal(saved->copy_out.cr2, hidden ? 0 : cr2);
		assert_int_equal(saved->copy_out.dr6, hidden ? 0 : dr6);
		assert_events(shape, &saved->copy_out.events);
		break;
	}
	assert_registers(&cpu, cr2, dr6);
}

/* So many of an order's saves, all that they told judged one by one. */
static void save_in_order(const struct shape *shape, const unsigned int order[4],
			  unsigned int count)
{
	struct saved saved = {0};
	bool delivered = false;

	build(&cpu, shape);
	for (unsigned int i = 0; i < count; i++) {
		save_one(&cpu, &saved, order[i]);
		delivered |= quirk(shape, order[i]);
		assert_saved(shape, &saved, order[i], delivered);
	}
}

static void test_every_save_in_every_order_tells_one_story(void **state)
{
	struct shape shape;
	unsigned int order[4];
	unsigned int runs = 0;

	(void)state;
	for (unsigned int n = 0; n < STATES; n++) {
		if (!shape_of(n, &shape))
			continue;
		for (unsigned int k = 0; k < 24 * 4; k++) {
			order_of_four(k % 24, order);
			save_in_order(&shape, order, 1 + k / 24);
			runs++;
		}
	}
	assert_int_equal(runs, 252 * 96);
}

static void test_saving_leaves_what_waits_waiting(void **state)
{
	struct saved saved;
	struct shape shape;

	(void)state;
	for (unsigned int n = 0; n < STATES * SAVES; n++) {
		if (!shape_of(n / SAVES, &shape))
			continue;
		build(&cpu, &shape);
		save_one(&cpu, &saved, n % SAVES);
		assert_int_equal(cpu.state.exception.pending, shape.pending);
		assert_int_equal(cpu.state.exception.injected, shape.injected);
		assert_int_equal(cpu.state.exception_vmexit.pending, shape.vmexit != 0);
		assert_int_equal(cpu.state.nested.guest_mode, shape.guest_mode);
	}
}

/* With the capability saving is free of effects, so that it may be repeated. */
static void test_saving_with_the_capability_changes_nothing(void **state)
{
	struct subject before;
	struct saved saved;
	struct shape shape;

	(void)state;
	for (unsigned int n = 0; n < STATES * SAVES; n++) {
		if (!shape_of(n / SAVES, &shape) || !shape.capability)
			continue;
		build(&cpu, &shape);
		subject_copy(&before, &cpu);
		save_one(&cpu, &saved, n % SAVES);
		before.state.regs = cpu.state.regs;
		assert_memory_equal(&before, &cpu, sizeof(cpu));
	}
}

/* The exit that waits besides an injected exception has its payload still. */
static void test_quirk_leaves_the_exit_alone_that_is_not_saved(void **state)
{
	static const struct shape shape = {
		.guest_mode = true, .injected = true, .vector = 13, .vmexit = 14,
	};
	struct saved saved = {0};

	(void)state;
	build(&cpu, &shape);
	for (unsigned int what = 0; what < SAVES; what++)
		save_one(&cpu, &saved, what);
	assert_int_equal(saved.events.vector, 13);
	assert_registers(&cpu, 0x1000, 0xffff0ff0);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000b0e, 2, 0xdead000);
	assert_int_equal(cpu.state.nested.exit.vectoring_info, 0x80000b0d);
}

/* What the quirk put into CR2 or DR6 ahead of time L1 reads from there. */
static void test_exit_after_the_quirk_tells_l1_the_same(void **state)
{
	static const struct shape shapes[] = {
		{.guest_mode = true, .vmexit = 14},
		{.guest_mode = true, .vmexit = 1},
	};
	struct saved saved;

	(void)state;
	build(&cpu, &shapes[0]);
	save_one(&cpu, &saved, SAVE_EVENTS);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000b0e, 2, 0xdead000);

	build(&cpu, &shapes[1]);
	save_one(&cpu, &saved, SAVE_EVENTS);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000301, 0, 0x4000);
}

static void test_protected_registers_are_neither_saved_nor_restored(void **state)
{
	const struct pkvm_host_debugregs debugregs = {.dr6 = 0xffff0ff0};
	const struct pkvm_host_sregs sregs = {.cr2 = 0x9000};

	(void)state;
	subject_reset(&cpu);
	cpu.state.guest_state_protected = true;
	assert_int_equal(pkvm_host_set_debugregs(&cpu.state, &debugregs), -22);
	pkvm_host_set_exception_sregs(&cpu.state, &sregs);
	assert_registers(&cpu, 0x1000, 0xffff0ff0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_save_in_every_order_tells_one_story),
		cmocka_unit_test(test_saving_leaves_what_waits_waiting),
		cmocka_unit_test(test_saving_with_the_capability_changes_nothing),
		cmocka_unit_test(test_quirk_leaves_the_exit_alone_that_is_not_saved),
		cmocka_unit_test(test_exit_after_the_quirk_tells_l1_the_same),
		cmocka_unit_test(test_protected_registers_are_neither_saved_nor_restored),
	};

	return cmocka_run_group_tests_name("host exception save", tests, NULL, NULL);
}
