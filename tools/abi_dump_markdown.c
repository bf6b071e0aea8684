/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The call reference: each call with its registers and policies, and the MSR and
 * CPUID policies, as Markdown for the site.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pkvm/pkvm.h>
#include "abi_table.h"
#include "command.h"

/* "`index` 0 to 0x7", "`flags` mask 0x1", "`value`". */
static void print_word(const struct abi_word *list, unsigned int count, unsigned int i)
{
	const struct abi_word *word = &list[i];

	if (i >= count) {
		printf(" |");
		return;
	}
	printf(" `%s`", word->name);
	if (!strcmp(word->rule, "BITS") && word->limit == PKVM_ANY)
		printf(" |");
	else if (!strcmp(word->rule, "BITS") && !word->limit)
		printf(" zero |");
	else if (!strcmp(word->rule, "BITS"))
		printf(" mask 0x%" PRIx64 " |", word->limit);
	else
		printf(" 0 to %" PRIu64 "%s |", word->limit,
		       strcmp(word->rule, "OPT") ? "" : " or none");
}

static void print_registers(const struct abi_call *call)
{
	const unsigned int in = abi_words(call->in), out = abi_words(call->out);

	if (!in && !out) {
		printf("Takes no words and gives none.\n\n");
		return;
	}
	printf("| register | in (%s) | out (%s) |\n| --- | --- | --- |\n", call->in_shape,
	       call->out_shape);
	for (unsigned int i = 0; i < in || i < out; i++) {
		printf("| %s |", abi_registers[i]);
		print_word(call->in, in, i);
		print_word(call->out, out, i);
		putchar('\n');
	}
	putchar('\n');
}

static void print_call(const struct abi_call *call)
{
	const struct abi_text *text = abi_text_of(call);

	printf("### %s {#call_%s_%s}\n\n", call->name, call->guest ? "guest" : "host",
	       call->name);
	if (text)
		printf("%s See %s().\n\n", text->brief, text->function);
	printf("Number 0x%" PRIx64 ", since %d.%d, feature `%s`", call->number, PKVM_ABI_MAJOR,
	       call->since, call->feature);
	if (call->guest)
		printf(", forwarded to the host: `%s`.\n\n", call->forwarded);
	else
		printf(", context `%s`, pVM policy `%s`, life `%s`.\n\n", call->context,
		       call->policy, call->life);
	print_registers(call);
}

static const char *topic_of(const struct abi_call *call)
{
	const struct abi_text *text = call->retired ? NULL : abi_text_of(call);

	return text ? text->topic : NULL;
}

/* The first call of a topic brings all of the topic's calls with it. */
static void print_topic(const struct abi_call *first)
{
	const char *topic = topic_of(first);

	for (const struct abi_call *call = abi_calls; call != first; call++) {
		if (topic_of(call) && !strcmp(topic_of(call), topic))
			return;
	}
	printf("## %s\n\n", topic);
	for (const struct abi_call *call = first; call->name; call++) {
		if (topic_of(call) && !strcmp(topic_of(call), topic))
			print_call(call);
	}
}

static void print_retired(void)
{
	printf("## Retired numbers\n\n| number | name | answer |\n| --- | --- | --- |\n");
	for (const struct abi_call *call = abi_calls; call->name; call++) {
		if (call->retired)
			printf("| 0x%" PRIx64 " | `%s` | -ENOSYS |\n", call->number,
			       call->name);
	}
	putchar('\n');
}

static void print_errors(void)
{
	printf("## Statuses\n\n| status | number | cause |\n| --- | --- | --- |\n");
#define PKVM_ERROR(NAME, NUMBER, TEXT) printf("| -%s | -%d | %s |\n", #NAME, NUMBER, TEXT);
#include <pkvm/errors.inc>
	putchar('\n');
}

static void print_bit(const char *kind, const char *name, int bit, const char *text)
{
	printf("| %s | %d | `%s` | %s |\n", kind, bit, name, text);
}

static void print_features(void)
{
	printf("## Features and capabilities\n\n"
	       "| kind | bit | name | brings |\n| --- | --- | --- | --- |\n");
#define PKVM_HOST_FEATURE(NAME, BIT, SINCE, TEXT)  print_bit("host", #NAME, BIT, TEXT);
#define PKVM_GUEST_FEATURE(NAME, BIT, SINCE, TEXT) print_bit("guest", #NAME, BIT, TEXT);
#define PKVM_CAPABILITY(NAME, BIT, SINCE, TEXT)    print_bit("capability", #NAME, BIT, TEXT);
#include <pkvm/features.inc>
	putchar('\n');
}

static void print_posted(void)
{
	printf("## Posted items\n\nWhat the shared page's items are, in the order in which "
	       "vcpu_run applies them.\n\n| slot | call |\n| --- | --- |\n");
#define PKVM_POSTED(SLOT, NAME) printf("| %d | pkvm_hc_%s() |\n", SLOT, #NAME);
#include <pkvm/posted.inc>
	putchar('\n');
}

static void print_msr(const char *name, uint64_t first, uint64_t last, const char *host,
		      uint64_t mask, uint64_t forced, const char *rule, const char *guest)
{
	printf("| `%s` | 0x%" PRIx64, name, first);
	if (last != first)
		printf(" to 0x%" PRIx64, last);
	printf(" | %s | 0x%" PRIx64 " | 0x%" PRIx64 " | %s | %s |\n", host, mask, forced, rule,
	       guest);
}

static void print_msr_policy(void)
{
	printf("## MSR policy\n\nThe columns are explained in `msr_policy.inc`.\n\n"
	       "| MSR | index | host | mask | forced | rule | pVM's own access |\n"
	       "| --- | --- | --- | --- | --- | --- | --- |\n");
#define PKVM_MSR(NAME, FIRST, LAST, HOST, MASK, FORCED, RULE, GUEST) \
	print_msr(#NAME, FIRST, LAST, #HOST, MASK, FORCED, #RULE, #GUEST);
#include <pkvm/msr_policy.inc>
	putchar('\n');
}

static void print_cpuid(uint32_t first, uint32_t last, uint32_t subleaf, const char *reg,
			uint32_t mask, const char *kind, const char *by, const char *reason)
{
	printf("| 0x%x", first);
	if (last != first)
		printf(" to 0x%x", last);
	if (subleaf == ~0u)
		printf(" | all");
	else
		printf(" | 0x%x", subleaf);
	printf(" | %s | 0x%08x | %s | %s | %s |\n", reg, mask, kind, by, reason);
}

static void print_cpuid_policy(void)
{
	printf("## CPUID policy\n\nThe columns are explained in `cpuid_policy.inc`.\n\n"
	       "| leaf | subleaf | register | mask | VM | decided by | reason |\n"
	       "| --- | --- | --- | --- | --- | --- | --- |\n");
#define PKVM_CPUID_POLICY(FIRST, LAST, SUB, REG, MASK, KIND, BY, REASON) \
	print_cpuid(FIRST, LAST, SUB, #REG, MASK, #KIND, #BY, REASON);
#include <pkvm/cpuid_policy.inc>
	putchar('\n');
}

int abi_dump_markdown(void)
{
	printf("<!-- SPDX-License-Identifier: MIT OR GPL-2.0-only -->\n"
	       "# Call reference {#calls}\n\n"
	       "Written by `pkvm abi dump --markdown` from the rows of ABI %d.%d, fingerprint "
	       "0x%" PRIx64 ". What every call can answer stands at @ref gate; the columns are "
	       "explained in `hypercalls.inc` and `guest_calls.inc`.\n\n",
	       PKVM_ABI_MAJOR, PKVM_ABI_MINOR,
	       pkvm_fingerprint(NULL, 0, PKVM_ABI_MINOR, NULL));
	for (const struct abi_call *call = abi_calls; call->name; call++) {
		if (topic_of(call))
			print_topic(call);
	}
	print_retired();
	print_errors();
	print_features();
	print_posted();
	print_msr_policy();
	print_cpuid_policy();
	return COMMAND_OK;
}
