/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests who may touch which MSR, row by row and index by index: the host of an
 * npVM, that of a pVM before its first run, and a pVM's guest. The tables here
 * are the protocol's, typed anew, not expanded from msr_policy.inc.
 */
#include "register_fixture.h"
#include "../../lib/hyp.h"
#include "../../lib/msr.h"

enum host {
	BOTH,           /* of a pVM before its first run too */
	NPVM_ONLY,
	WRITE_ONLY      /* of an npVM, without effect */
};

/*
 * MSRs that a host may write. `bits` are those that it may set one at a time on
 * a processor with 48 linear and 46 physical address bits.
 */
static const struct host_row {
	uint32_t first;
	uint32_t last;
	enum host host;
	uint64_t bits;
	uint64_t forced;
} host_rows[] = {
	{0x48,       0x48,       NPVM_ONLY,  0x7,                0},      /* SPEC_CTRL       */
	{0x49,       0x49,       WRITE_ONLY, 0x1,                0},      /* PRED_CMD        */
	{0x10b,      0x10b,      WRITE_ONLY, 0x1,                0},      /* FLUSH_CMD       */
	{0x174,      0x174,      BOTH,       0xffffffff,         0},      /* SYSENTER_CS     */
	{0x175,      0x176,      BOTH,       0x00007fffffffffff, 0},      /* SYSENTER_ESP    */
	{0x1a0,      0x1a0,      BOTH,       0x1801,             0x1800}, /* MISC_ENABLE     */
	{0x1d9,      0x1d9,      NPVM_ONLY,  0x2,                0},      /* DEBUGCTL        */
	{0x250,      0x250,      BOTH,       0x0505050505050505, 0},      /* MTRR_FIX64K     */
	{0x258,      0x259,      BOTH,       0x0505050505050505, 0},      /* MTRR_FIX16K     */
	{0x268,      0x26f,      BOTH,       0x0505050505050505, 0},      /* MTRR_FIX4K      */
	{0x277,      0x277,      NPVM_ONLY,  0x0505050505050505, 0},      /* PAT             */
	{0x2ff,      0x2ff,      BOTH,       0xc05,              0},      /* MTRR_DEF_TYPE   */
	{0xda0,      0xda0,      NPVM_ONLY,  0,                  0},      /* XSS             */
	{0xc0000080, 0xc0000080, NPVM_ONLY,  0xd01,              0},      /* EFER            */
	{0xc0000081, 0xc0000081, BOTH,       0xffffffffffffffff, 0},      /* STAR            */
	{0xc0000082, 0xc0000083, BOTH,       0x00007fffffffffff, 0},      /* LSTAR, CSTAR    */
	{0xc0000084, 0xc0000084, BOTH,       0xffffffff,         0},      /* SYSCALL_MASK    */
	{0xc0000100, 0xc0000101, NPVM_ONLY,  0x00007fffffffffff, 0},      /* FS, GS base     */
	{0xc0000102, 0xc0000102, BOTH,       0x00007fffffffffff, 0},      /* KERNEL_GS_BASE  */
	{0xc0000103, 0xc0000103, NPVM_ONLY,  0xffffffff,         0},      /* TSC_AUX         */
	/* MTRR_PHYSBASE: a type in [7:0]; MTRR_PHYSMASK: valid, bit 11. */
	{0x200,      0x200,      BOTH,       0x00003ffffffff005, 0},
	{0x201,      0x201,      BOTH,       0x00003ffffffff800, 0},
	{0x202,      0x202,      BOTH,       0x00003ffffffff005, 0},
	{0x203,      0x203,      BOTH,       0x00003ffffffff800, 0},
	{0x204,      0x204,      BOTH,       0x00003ffffffff005, 0},
	{0x205,      0x205,      BOTH,       0x00003ffffffff800, 0},
	{0x206,      0x206,      BOTH,       0x00003ffffffff005, 0},
	{0x207,      0x207,      BOTH,       0x00003ffffffff800, 0},
	{0x208,      0x208,      BOTH,       0x00003ffffffff005, 0},
	{0x209,      0x209,      BOTH,       0x00003ffffffff800, 0},
	{0x20a,      0x20a,      BOTH,       0x00003ffffffff005, 0},
	{0x20b,      0x20b,      BOTH,       0x00003ffffffff800, 0},
	{0x20c,      0x20c,      BOTH,       0x00003ffffffff005, 0},
	{0x20d,      0x20d,      BOTH,       0x00003ffffffff800, 0},
	{0x20e,      0x20e,      BOTH,       0x00003ffffffff005, 0},
	{0x20f,      0x20f,      BOTH,       0x00003ffffffff800, 0},
};

static const struct host_row *host_row(uint32_t index)
{
	for (size_t i = 0; i < sizeof(host_rows) / sizeof(host_rows[0]); i++) {
		if (index >= host_rows[i].first && index <= host_rows[i].last)
			return &host_rows[i];
	}
	return NULL;
}

/* The status of writing 0, and of reading, for the host of either kind of VM. */
static int64_t expected_write(const struct host_row *row, uint64_t type)
{
	if (type == PVM)
		return row && row->host == BOTH ? 0 : -1;
	return row ? 0 : -22;
}

static int64_t expected_read(const struct host_row *row, uint64_t type)
{
	if (type == NPVM && row && row->host == WRITE_ONLY)
		return -22;
	return expected_write(row, type);
}

static void check_index(uint64_t type, uint32_t index)
{
	const struct host_row *row = host_row(index);
	const struct pkvm_msr write = {index, 0};
	const struct pkvm_msr_index read = {index};
	const struct pkvm_status wrote = pkvm_hc_set_msr(&write);
	struct pkvm_value value;
	const struct pkvm_status got = pkvm_hc_get_msr(&read, &value);

	if (wrote.error != expected_write(row, type) || wrote.refused != (wrote.error ? 1 : 0))
		fail_msg("set_msr 0x%x, type %llu: status %lld word %llu", index,
			 (unsigned long long)type, (long long)wrote.error,
			 (unsigned long long)wrote.refused);
	if (got.error != expected_read(row, type) || got.refused != (got.error ? 1 : 0))
		fail_msg("get_msr 0x%x, type %llu: status %lld word %llu", index,
			 (unsigned long long)type, (long long)got.error,
			 (unsigned long long)got.refused);
	if (!got.error)
		assert_int_equal(value.value, row->forced);
}

static void check_every_index(uint64_t type)
{
	const struct loaded l = loaded_up(type);

	for (uint32_t index = 0; index < 0x2000; index++) {
		check_index(type, index);
		check_index(type, 0xc0000000 + index);
		check_index(type, 0x4b564d00 + index % 256);
		check_index(type, 0x40000000 + index);
	}
	check_index(type, 0xffffffff);
	loaded_end(&l);
}

static void test_the_host_has_exactly_the_listed_msrs(void **state)
{
	(void)state;
	check_every_index(NPVM);
	check_every_index(PVM);
}

static void check_bits(const struct loaded *l, const struct host_row *row, uint32_t index)
{
	const int64_t error = l->vm.type == PVM && index == 0x1a0 ? -1 : -22;

	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t value = (uint64_t)1 << bit;
		const struct pkvm_msr write = {index, value};
		const struct pkvm_msr_index read = {index};
		const struct pkvm_status wrote = pkvm_hc_set_msr(&write);
		struct pkvm_value got;

		if (wrote.error != (value & row->bits ? 0 : error))
			fail_msg("MSR 0x%x, bit %u: status %lld", index, bit,
				 (long long)wrote.error);
		assert_int_equal(wrote.refused, wrote.error ? 2 : 0);
		if (wrote.error || row->host == WRITE_ONLY)
			continue;
		assert_int_equal(pkvm_hc_get_msr(&read, &got).error, 0);
		/* LMA, EFER's bit 10, is not writable. */
		if (index == 0xc0000080 && bit == 10)
			assert_int_equal(got.value, 0);
		else
			assert_int_equal(got.value, value | row->forced);
	}
}

static void test_every_bit_of_every_listed_msr_is_accepted_or_refused(void **state)
{
	const size_t count = sizeof(host_rows) / sizeof(host_rows[0]);
	struct loaded l = loaded_up(NPVM);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (uint32_t at = host_rows[i].first; at <= host_rows[i].last; at++)
			check_bits(&l, &host_rows[i], at);
	}
	unload(&l);
	load_new(&l, PVM);
	for (size_t i = 0; i < count; i++) {
		for (uint32_t at = host_rows[i].first; at <= host_rows[i].last; at++) {
			if (host_rows[i].host == BOTH)
				check_bits(&l, &host_rows[i], at);
		}
	}
	loaded_end(&l);
}

static int64_t write_msr(uint32_t index, uint64_t value)
{
	const struct pkvm_msr msr = {index, value};

	return pkvm_hc_set_msr(&msr).error;
}

/* UC 0, WC 1, WT 4, WP 5, WB 6; UC- 7 in the PAT alone. */
static void test_memory_types_are_those_of_the_sdm(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (uint64_t type = 0; type < 256; type++) {
		const bool mtrr = type == 0 || type == 1 || (type >= 4 && type <= 6);
		const int64_t expected = mtrr ? 0 : -22;

		assert_int_equal(write_msr(0x2ff, 0xc00 | type), expected);
		assert_int_equal(write_msr(0x200, 0x100000 | type), expected);
		assert_int_equal(write_msr(0x20e, 0x100000 | type), expected);
		for (unsigned int byte = 0; byte < 64; byte += 8) {
			assert_int_equal(write_msr(0x250, type << byte), expected);
			assert_int_equal(write_msr(0x259, type << byte), expected);
			assert_int_equal(write_msr(0x26f, type << byte), expected);
			assert_int_equal(write_msr(0x277, type << byte),
					 mtrr || type == 7 ? 0 : -22);
		}
	}
	loaded_end(&l);
}

static void check_canonical(unsigned int bits)
{
	static const uint32_t index[] = {0x175, 0x176, 0xc0000082, 0xc0000083,
					 0xc0000100, 0xc0000101, 0xc0000102};
	struct pkvm_vmx_caps caps = machine_default_caps();
	const uint64_t low_end = ((uint64_t)1 << (bits - 1)) - 1;
	struct loaded l;

	caps.linear_address_bits = bits;
	l = loaded_with(&caps, NPVM);
	for (size_t i = 0; i < sizeof(index) / sizeof(index[0]); i++) {
		assert_int_equal(write_msr(index[i], low_end), 0);
		assert_int_equal(write_msr(index[i], ~low_end), 0);
		assert_int_equal(write_msr(index[i], ~(uint64_t)0), 0);
		assert_refused(call2(&l, 0x040f, index[i], low_end + 1), -22, 2);
		assert_refused(call2(&l, 0x040f, index[i], ~low_end - 1), -22, 2);
	}
	loaded_end(&l);
}

static void test_linear_addresses_have_to_be_canonical(void **state)
{
	(void)state;
	check_canonical(48);
	check_canonical(57);
}

/* What becomes of a pVM's own access to an MSR. */
enum fate { DONE, FORWARD, FAULT };

static const struct guest_row {
	uint32_t first;
	uint32_t last;
	enum fate read;
	enum fate write;        /* of the value 0 */
} guest_rows[] = {
	{0x10,       0x10,       FORWARD, FORWARD}, /* TSC: the host emulates it       */
	{0x1b,       0x1b,       DONE,    FAULT},   /* APIC_BASE                       */
	{0x3a,       0x3a,       DONE,    FAULT},   /* FEATURE_CONTROL                 */
	{0x3b,       0x3b,       FORWARD, FORWARD}, /* TSC_ADJUST: as TSC              */
	{0x48,       0x48,       DONE,    DONE},    /* SPEC_CTRL                       */
	{0x49,       0x49,       FAULT,   DONE},    /* PRED_CMD                        */
	{0x8b,       0x8b,       DONE,    FAULT},   /* BIOS_SIGN_ID                    */
	{0xfe,       0xfe,       DONE,    FAULT},   /* MTRRCAP                         */
	{0x10b,      0x10b,      FAULT,   DONE},    /* FLUSH_CMD                       */
	{0x174,      0x176,      DONE,    DONE},    /* SYSENTER_CS, ESP, EIP           */
	{0x179,      0x179,      DONE,    FAULT},   /* MCG_CAP                         */
	{0x17a,      0x17b,      DONE,    DONE},    /* MCG_STATUS, MCG_CTL             */
	{0x1a0,      0x1a0,      DONE,    DONE},    /* MISC_ENABLE                     */
	{0x1d9,      0x1d9,      DONE,    DONE},    /* DEBUGCTL                        */
	{0x200,      0x20f,      DONE,    DONE},    /* variable MTRRs                  */
	{0x250,      0x250,      DONE,    DONE},    /* fixed MTRRs                     */
	{0x258,      0x259,      DONE,    DONE},
	{0x268,      0x26f,      DONE,    DONE},
	{0x277,      0x277,      DONE,    DONE},    /* PAT                             */
	{0x2ff,      0x2ff,      DONE,    DONE},    /* MTRR_DEF_TYPE                   */
	{0x400,      0x47f,      DONE,    DONE},    /* machine-check banks             */
	{0x6e0,      0x6e0,      FORWARD, FORWARD}, /* TSC_DEADLINE                    */
	{0x800,      0x8ff,      FORWARD, FORWARD}, /* x2APIC                          */
	{0xda0,      0xda0,      DONE,    DONE},    /* XSS                             */
	{0xc0000080, 0xc0000084, DONE,    DONE},    /* EFER, STAR, LSTAR, CSTAR, FMASK */
	{0xc0000100, 0xc0000103, DONE,    DONE},    /* FS, GS, KERNEL_GS, TSC_AUX      */
};

static void check_guest_index(struct pkvm_vcpu *vcpu, uint32_t index)
{
	enum fate read = FAULT, write = FAULT;
	uint64_t value;

	for (size_t i = 0; i < sizeof(guest_rows) / sizeof(guest_rows[0]); i++) {
		if (index >= guest_rows[i].first && index <= guest_rows[i].last) {
			read = guest_rows[i].read;
			write = guest_rows[i].write;
		}
	}
	if ((int)pkvm_guest_rdmsr(vcpu, index, &value) != (int)read)
		fail_msg("RDMSR 0x%x is not as listed", index);
	if ((int)pkvm_guest_wrmsr(vcpu, index, 0) != (int)write)
		fail_msg("WRMSR 0x%x is not as listed", index);
}

static void test_a_pvms_own_access_is_answered_forwarded_or_faults_as_listed(void **state)
{
	const struct loaded l = loaded_up(PVM);
	struct pkvm_vcpu *vcpu = machine_hyp(l.m)->cpu[0].current;

	(void)state;
	for (uint32_t index = 0; index < 0x2000; index++) {
		check_guest_index(vcpu, index);
		check_guest_index(vcpu, 0xc0000000 + index);
		check_guest_index(vcpu, 0x4b564d00 + index % 256);
		check_guest_index(vcpu, 0x40000000 + index);
	}
	assert_int_equal(machine_command_msr_writes(l.m), 0);
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_host_has_exactly_the_listed_msrs),
		cmocka_unit_test(test_every_bit_of_every_listed_msr_is_accepted_or_refused),
		cmocka_unit_test(test_memory_types_are_those_of_the_sdm),
		cmocka_unit_test(test_linear_addresses_have_to_be_canonical),
		cmocka_unit_test(
			test_a_pvms_own_access_is_answered_forwarded_or_faults_as_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
