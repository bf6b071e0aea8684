/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Prints every number, mask, offset and size of the ABI, one fact a line, as the
 * compiler sees them in include/pkvm: what golden.sh compares with abi-1.0.txt.
 *
 * Numbers are hexadecimal, but version and `since`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pkvm/pkvm.h>

/* The rows: the canonical text, whose bytes the fingerprint is of. */
static int print_rows(void)
{
	static char text[1 << 16];
	size_t length;
	const uint64_t fingerprint =
		pkvm_fingerprint(text, sizeof(text), PKVM_ABI_MINOR, &length);

	printf("version %d.%d\nfingerprint 0x%" PRIx64 "\n", PKVM_ABI_MAJOR, PKVM_ABI_MINOR,
	       fingerprint);
	if (length > sizeof(text))
		return 1;
	fwrite(text, 1, length, stdout);
	return 0;
}

static void print_bit(const char *kind, const char *name, unsigned int bit, int since,
		      uint64_t mask)
{
	printf("%s %s bit 0x%x mask 0x%" PRIx64 " since %d\n", kind, name, bit, mask, since);
}

static void print_errors_and_bits(void)
{
#define PKVM_ERROR(NAME, NUMBER, TEXT) printf("error " #NAME " 0x%x\n", PKVM_##NAME);
#include <pkvm/errors.inc>
#define PKVM_HOST_FEATURE(NAME, BIT, SINCE, TEXT) \
	print_bit("host_feature", #NAME, BIT, SINCE, PKVM_FEAT_##NAME);
#define PKVM_GUEST_FEATURE(NAME, BIT, SINCE, TEXT) \
	print_bit("guest_feature", #NAME, BIT, SINCE, PKVM_FEAT_##NAME);
#define PKVM_CAPABILITY(NAME, BIT, SINCE, TEXT) \
	print_bit("capability", #NAME, BIT, SINCE, PKVM_CAP_##NAME);
#include <pkvm/features.inc>
}

static void print_policies(void)
{
#define PKVM_MSR(NAME, FIRST, LAST, HOST, MASK, FORCED, RULE, GUEST)               \
	printf("msr " #NAME " 0x%x to 0x%x host " #HOST " mask 0x%" PRIx64         \
	       " forced 0x%" PRIx64 " rule " #RULE " guest " #GUEST "\n",          \
	       (unsigned int)(FIRST), (unsigned int)(LAST), (uint64_t)(MASK),      \
	       (uint64_t)(FORCED));
#include <pkvm/msr_policy.inc>
#define PKVM_CPUID_POLICY(FIRST, LAST, SUB, REG, MASK, KIND, BY, REASON)           \
	printf("cpuid 0x%x to 0x%x subleaf 0x%x " #REG " mask 0x%x kind " #KIND    \
	       " by " #BY "\n",                                                    \
	       (unsigned int)(FIRST), (unsigned int)(LAST), (unsigned int)(SUB),   \
	       (unsigned int)(MASK));
#include <pkvm/cpuid_policy.inc>
}

static void print_posted(void)
{
#define PKVM_POSTED(SLOT, NAME) printf("posted " #NAME " slot 0x%x\n", PKVM_POST_##NAME);
#include <pkvm/posted.inc>
}

static void print_constants(void)
{
#define ABI_CONSTANT(TOPIC, NAME, TEXT) \
	printf("constant " #NAME " 0x%" PRIx64 "\n", (uint64_t)(NAME));
#define ABI_FIELD(TOPIC, STRUCTURE, NAME, BYTES, TEXT)
#define ABI_CALL_TEXT(TOPIC, FUNCTION, BRIEF)
#include "abi_names.inc"
}

/* Each struct's size goes before its first field. */
static void print_field(const char *structure, size_t size, const char *name, size_t offset,
			size_t bytes)
{
	static const char *last = "";

	if (strcmp(structure, last))
		printf("struct %s size 0x%zx\n", structure, size);
	last = structure;
	printf("  %s offset 0x%zx size 0x%zx\n", name, offset, bytes);
}

#define PRINT_FIELD(STRUCTURE, NAME)                                                   \
	print_field(#STRUCTURE, sizeof(struct STRUCTURE), #NAME,                       \
		    offsetof(struct STRUCTURE, NAME), sizeof(((struct STRUCTURE *)0)->NAME))

static void print_structs(void)
{
#define ABI_CONSTANT(TOPIC, NAME, TEXT)
#define ABI_FIELD(TOPIC, STRUCTURE, NAME, BYTES, TEXT) PRINT_FIELD(STRUCTURE, NAME);
#define ABI_CALL_TEXT(TOPIC, FUNCTION, BRIEF)
#include "abi_names.inc"
	/* Fields that are structs or signed, which the list leaves out. */
	PRINT_FIELD(pkvm_shared_page, header);
	PRINT_FIELD(pkvm_shared_page, regs);
	PRINT_FIELD(pkvm_shared_page, exit);
	PRINT_FIELD(pkvm_shared_page, reply);
	PRINT_FIELD(pkvm_shared_page, apic);
	PRINT_FIELD(pkvm_shared_page, summary);
	PRINT_FIELD(pkvm_shared_page, item);
	PRINT_FIELD(pkvm_status, error);
}

int main(void)
{
	if (print_rows())
		return 1;
	print_errors_and_bits();
	print_policies();
	print_posted();
	print_constants();
	print_structs();
	return 0;
}
