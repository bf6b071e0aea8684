/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Finds the VMCS dumps in a log. It goes by labels, wherever on a line they are,
 * so that time stamps and prefixes of any kind are only words it does not know.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vmcs/controls.h"
#include "vmcs_log.h"

#define INVALID_GUEST 0x80000021        /* exit reasons with bit 31 */
#define MSR_LOADING   0x80000022

/*
 * Lines that report the failure: QEMU's and other programs' come behind the dump in
 * the log, Xen's before it.
 */
static const struct {
	const char *pattern;
	bool before;
} failures[] = {
	{"KVM: entry failed, hardware error %", false},
	{"vm entry failed with error %", false},
	{"hardware_entry_failure_reason = %", false},
	{"vcpu hw run failure: %", false},
	{"kvm: unhandled exit %", false},
	{"vmentry failure (reason %", true},
	{"Failed vm entry (exit reason %", true},
	{"VMLAUNCH error: %", true},
	{"VMRESUME error: %", true},
};

/* The place in the text. */
struct scan {
	struct vmcs_log *log;
	struct vmcs_dump *dump; /* NULL: before the first                    */
	const char *at;
	unsigned int line;
	unsigned int part;      /* 0: in no dump                             */
	bool guest_msrs;        /* after "MSR guest autoload"                */
	bool xen;               /* "(XEN)" came before                       */
	unsigned int titles;    /* still to come of a dump that is mixed     */
	bool pending;           /* a failure before its dump                 */
	uint64_t error;
	unsigned int error_line;
	bool names_msr;
	struct pkvm_vmcs_msr_entry refused;
};

/* A dump of which nothing was read makes room for the next. */
static bool make_room(struct scan *s)
{
	struct vmcs_log *log = s->log;
	struct vmcs_dump *more;

	if (s->dump && !s->dump->fields)
		return true;
	more = realloc(log->dump, (log->dumps + 1) * sizeof(*more));
	if (!more)
		return false;
	log->dump = more;
	s->dump = &more[log->dumps++];
	return true;
}

static bool start_dump(struct scan *s)
{
	if (!make_room(s))
		return false;
	memset(s->dump, 0, sizeof(*s->dump));
	s->dump->line = s->line;
	s->dump->xen = s->xen;
	s->dump->vmcs.unknown = PKVM_VMCS_NEEDS_VTPR | PKVM_VMCS_NEEDS_CURRENT_VMCS |
				PKVM_VMCS_NEEDS_LINKED_VMCS | PKVM_VMCS_NEEDS_PDPTES |
				PKVM_VMCS_NEEDS_RTIT_CTL | PKVM_VMCS_NEEDS_MSR_LOAD;
	s->dump->reported = s->pending;
	s->dump->error = s->error;
	s->dump->error_line = s->error_line;
	s->dump->names_msr = s->names_msr;
	s->dump->refused = s->refused;
	s->pending = s->names_msr = false;
	return true;
}

/* A part begins a new dump unless it follows the parts of the current one. */
static bool title(struct scan *s)
{
	const char *start = s->at, *end;
	const unsigned int part = vmcs_title(start, &end);

	s->xen = s->xen || vmcs_match(start, "(XEN)").whole;
	if (!part)
		return true;
	if (s->titles) {
		s->titles--;
	} else if (!s->dump || s->dump->parts >= part) {
		if (!start_dump(s))
			return false;
		s->dump->mixed = part == VMCS_PART_GUEST ? vmcs_count_mixed(start) : 0;
		s->titles = s->dump->mixed ? 3 * s->dump->mixed - 1 : 0;
	}
	s->dump->parts |= part;
	s->part = part;
	s->guest_msrs = false;
	s->at = end;
	return true;
}

/* Xen names the MSR that was refused, between its report and the dump. */
static void refused_msr(struct scan *s)
{
	const struct vmcs_match match = vmcs_match(s->at, "msr % val % (mbz %)");

	if (!match.whole || !s->pending)
		return;
	s->at = match.end;
	s->names_msr = true;
	s->refused = (struct pkvm_vmcs_msr_entry){.index = (uint32_t)match.value[0],
						  .high = (uint32_t)match.value[2],
						  .value = match.value[1]};
}

/* A dump that has been told already leaves the line to the next one. */
static void failure(struct scan *s)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct vmcs_match match = vmcs_match(s->at, failures[i].pattern);

		if (!match.whole)
			continue;
		s->at = match.end;
		if (s->dump && !s->dump->reported && !failures[i].before) {
			s->dump->reported = true;
			s->dump->error = match.value[0];
			s->dump->error_line = s->line;
		} else if (!s->pending) {
			s->pending = true;
			s->error = match.value[0];
			s->error_line = s->line;
		}
	}
}

/* Whether the fields of a label are all known, from another line then. */
static bool known(const struct vmcs_dump *dump, const int *field)
{
	for (unsigned int i = 0; i < VMCS_VALUES; i++) {
		if (field[i] > 0 && !dump->vmcs.given[field[i]])
			return false;
	}
	return true;
}

static void garbled(struct scan *s, const struct vmcs_label *label)
{
	struct vmcs_dump *dump = s->dump;

	if (known(dump, label->field))
		return;
	if (dump->nr_garbled < VMCS_GARBLED) {
		dump->garbled[dump->nr_garbled].line = s->line;
		dump->garbled[dump->nr_garbled].label = label->pattern;
		dump->garbled[dump->nr_garbled].field = label->field;
	}
	dump->nr_garbled++;
}

/* What looked like a label, and was another text between the lines of the dump. */
static void forget_garbled(struct vmcs_dump *dump)
{
	unsigned int kept = 0;

	if (dump->nr_garbled > VMCS_GARBLED)
		return;
	for (unsigned int i = 0; i < dump->nr_garbled; i++) {
		if (!known(dump, dump->garbled[i].field))
			dump->garbled[kept++] = dump->garbled[i];
	}
	dump->nr_garbled = kept;
}

/* In dumps that are mixed a value that differs is nobody's. */
static void store_value(struct vmcs_dump *dump, unsigned int field, uint64_t value)
{
	struct vmcs_case *c = &dump->vmcs;

	if (dump->mixed && c->given[field] && c->value[field] != value) {
		dump->differs[field] = true;
		c->given[field] = false;
	}
	if (c->given[field] || dump->differs[field])
		return;
	c->value[field] = value;
	c->given[field] = true;
	dump->fields++;
}

/*
 * The first value of a field stays: what repeats a label belongs to another text.
 * Of a label that is cut off only values with names of their own are taken.
 */
static void store(struct scan *s, const struct vmcs_label *label, const struct vmcs_match *match)
{
	const bool named = strchr(label->pattern, '=') != NULL;
	bool bad = !match->whole;

	for (unsigned int i = 0; i < match->values && (match->whole || named); i++) {
		const int field = label->field[i];

		if (field == VMCS_NO_FIELD)
			continue;
		if (vmcs_fits(field, match->value[i]))
			store_value(s->dump, (unsigned int)field, match->value[i]);
		else
			bad = true;
	}
	if (bad)
		garbled(s, label);
}

/* The entries that KVM prints below "MSR guest autoload": the whole area. */
static void store_msr(struct scan *s, const struct vmcs_label *label,
		      const struct vmcs_match *match)
{
	struct vmcs_case *c = &s->dump->vmcs;

	if (!strncmp(label->pattern, "MSR guest", 9))
		s->guest_msrs = !strcmp(label->pattern, "MSR guest autoload");
	if (strncmp(label->pattern, "msr=", 4) || !s->guest_msrs || c->nr_msrs == VMCS_MSRS)
		return;
	c->msr[c->nr_msrs].index = (uint32_t)match->value[0];
	c->msr[c->nr_msrs].high = (uint32_t)(match->value[0] >> 32);
	c->msr[c->nr_msrs++].value = match->value[1];
	c->value[PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT] = c->nr_msrs;
	c->given[PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT] = true;
}

static void label(struct scan *s)
{
	struct vmcs_match match;
	const struct vmcs_label *label = vmcs_label(s->at, s->part, &match);

	if (!label)
		return;
	store(s, label, &match);
	if (match.whole)
		store_msr(s, label, &match);
	s->at = match.end;
}

static bool starts_label(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Labels begin where words do. */
static void advance(struct scan *s)
{
	if (!starts_label(*s->at)) {
		s->at++;
		return;
	}
	while (starts_label(*s->at))
		s->at++;
}

static void count_lines(struct scan *s, const char *from)
{
	for (; from < s->at; from++)
		s->line += *from == '\n';
}

/*
 * An exit reason that tells of a failed VM entry is this dump's own word; a line
 * that tells another error then speaks of another entry.
 */
static void finish(struct vmcs_dump *dump)
{
	const uint64_t reason = dump->vmcs.given[PKVM_VMCS_INDEX_VM_EXIT_REASON] ?
				dump->vmcs.value[PKVM_VMCS_INDEX_VM_EXIT_REASON] : 0;

	forget_garbled(dump);
	if (reason & PKVM_VMX_REASON_ENTRY_FAILURE &&
	    (!dump->reported || dump->error != reason)) {
		dump->reported = true;
		dump->error = reason;
		dump->error_line = 0;
	}
	vmcs_caps_unknown(&dump->vmcs, dump->reported && (dump->error == INVALID_GUEST ||
							  dump->error == MSR_LOADING));
}

static bool scan(struct vmcs_log *log, const char *text)
{
	struct scan s = {.log = log, .at = text, .line = 1};

	while (*s.at) {
		const char *from = s.at;

		if (!title(&s))
			return false;
		if (s.at == from)
			failure(&s);
		if (s.at == from)
			refused_msr(&s);
		if (s.at == from && s.part)
			label(&s);
		if (s.at == from)
			advance(&s);
		count_lines(&s, from);
	}
	if (s.dump && !s.dump->fields)
		log->dumps--;
	return true;
}

static bool is_mixed(const struct vmcs_log *log)
{
	for (size_t i = 0; i < log->dumps; i++) {
		if (log->dump[i].mixed)
			return true;
	}
	return false;
}

static int by_line(const void *a, const void *b)
{
	const struct vmcs_dump *first = a, *second = b;

	return (first->line > second->line) - (first->line < second->line);
}

/* Reads what each caller that begins a dump printed by itself. */
static bool scan_by_caller(struct vmcs_log *log, const char *text)
{
	const char *at = text;
	struct vmcs_caller who;
	bool good = true;

	while (good && vmcs_caller_next(text, &at, &who)) {
		char *only = strdup(text);

		good = only != NULL;
		if (only) {
			vmcs_caller_only(only, &who);
			good = scan(log, only);
		}
		free(only);
	}
	qsort(log->dump, log->dumps, sizeof(*log->dump), by_line);
	return good;
}

bool vmcs_log_read(struct vmcs_log *log, const char *text)
{
	struct vmcs_caller who;
	const char *at = text;
	bool good;

	memset(log, 0, sizeof(*log));
	good = scan(log, text);
	if (good && is_mixed(log) && vmcs_caller_next(text, &at, &who)) {
		vmcs_log_free(log);
		good = scan_by_caller(log, text);
	}
	if (!good)
		vmcs_log_free(log);
	for (size_t i = 0; i < log->dumps; i++)
		finish(&log->dump[i]);
	return good;
}

void vmcs_log_free(struct vmcs_log *log)
{
	free(log->dump);
	memset(log, 0, sizeof(*log));
}
