/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The canonical text of the rows, and its fingerprint.
 *
 * One line a call and one a word, in the order of the rows:
 *
 *     host 0x400 set_segment since 0 feature base context vcpu policy before_run life up
 *       in segment.index MAX 0x7
 *
 * Numbers are lower-case hexadecimal without leading zeros, `since` excepted,
 * which is decimal. A retired row is `host 0x403 access_descriptor_table retired`.
 * The host's rows come first, then the guest's. The fingerprint is FNV-1a 64
 * over the bytes of the rows whose `since` is not above the minor version in
 * force; rows of vendors are left out.
 */
#ifndef PKVM_FINGERPRINT_H
#define PKVM_FINGERPRINT_H

#include "hypercall.h"
#include "shape.h"
#include "core.h"
#include "trace.h"
#include "vm.h"
#include "vm_cap.h"
#include "vcpu.h"
#include "run.h"
#include "segment.h"
#include "descriptor_table.h"
#include "control_register.h"
#include "msr.h"
#include "event.h"
#include "interruptibility.h"
#include "apic.h"
#include "cpuid.h"
#include "mmu.h"
#include "guest.h"

/** Where the canonical text goes: always into the hash, and into a buffer if there is one. */
struct pkvm_text {
	uint64_t hash;  /**< FNV-1a 64 of what came so far             */
	char *buffer;   /**< or NULL                                   */
	size_t size;    /**< of the buffer                             */
	size_t length;  /**< of the text, also of what did not fit     */
};

static inline void pkvm_text_char_(struct pkvm_text *text, char c)
{
	text->hash = (text->hash ^ (unsigned char)c) * PKVM_U64(0x100000001b3);
	if (text->length < text->size)
		text->buffer[text->length] = c;
	text->length++;
}

static inline void pkvm_text_string_(struct pkvm_text *text, const char *string)
{
	while (*string)
		pkvm_text_char_(text, *string++);
}

static inline void pkvm_text_hex_(struct pkvm_text *text, uint64_t value)
{
	int shift = 60;

	pkvm_text_string_(text, "0x");
	while (shift && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		pkvm_text_char_(text, "0123456789abcdef"[(value >> shift) & 15]);
}

static inline void pkvm_text_word_(struct pkvm_text *text, const char *name, uint64_t limit)
{
	pkvm_text_string_(text, name);
	pkvm_text_hex_(text, limit);
	pkvm_text_char_(text, '\n');
}

static inline void pkvm_text_row_(struct pkvm_text *text, const char *side, uint64_t number,
				  const char *rest)
{
	pkvm_text_string_(text, side);
	pkvm_text_hex_(text, number);
	pkvm_text_string_(text, rest);
}

#define PKVM_TEXT_IN_(SHAPE, FIELD, RULE, LIMIT) \
	pkvm_text_word_(text, "  in " #SHAPE "." #FIELD " " #RULE " ", LIMIT);
#define PKVM_TEXT_OUT_(SHAPE, FIELD, RULE, LIMIT) \
	pkvm_text_word_(text, "  out " #SHAPE "." #FIELD " " #RULE " ", LIMIT);

static inline void pkvm_text_host_(struct pkvm_text *text, unsigned int minor)
{
	(void)minor;
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE)      \
	if ((SINCE) <= (int)minor && (NUMBER) < PKVM_HC_VENDOR_FIRST) {                   \
		pkvm_text_row_(text, "host ", NUMBER,                                     \
			       " " #NAME " since " #SINCE " feature " #FEATURE            \
			       " context " #CONTEXT " policy " #POLICY " life " #LIFE "\n"); \
		PKVM_WORDS_##IN(PKVM_TEXT_IN_)                                            \
		PKVM_WORDS_##OUT(PKVM_TEXT_OUT_)                                          \
	}
#define PKVM_HOST_CALL_RETIRED(NUMBER, NAME, SINCE, UNTIL) \
	pkvm_text_row_(text, "host ", NUMBER, " " #NAME " retired\n");
#include "hypercalls.inc"
}

static inline void pkvm_text_guest_(struct pkvm_text *text, unsigned int minor)
{
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED)             \
	if ((SINCE) <= (int)minor && (NUMBER) < PKVM_GC_VENDOR_FIRST) {               \
		pkvm_text_row_(text, "guest ", NUMBER,                                \
			       " " #NAME " since " #SINCE " feature " #FEATURE        \
			       " forwarded " #FORWARDED "\n");                        \
		PKVM_WORDS_##IN(PKVM_TEXT_IN_)                                        \
		PKVM_WORDS_##OUT(PKVM_TEXT_OUT_)                                      \
	}
#include "guest_calls.inc"
}

/**
 * @brief Write the canonical text of the rows up to a minor version into a buffer.
 *
 * @param[out] buffer  receives the text without a terminating zero; may be NULL
 * @param[in]  size    of the buffer, bytes; what does not fit is not written
 * @param[in]  minor   the minor version in force
 * @param[out] length  the whole text's length, bytes; may be NULL
 * @return the fingerprint
 * @since ABI 1.0
 */
static inline uint64_t pkvm_fingerprint(char *buffer, size_t size, unsigned int minor,
					size_t *length)
{
	struct pkvm_text text;

	text.hash = PKVM_U64(0xcbf29ce484222325);
	text.buffer = buffer;
	text.size = buffer ? size : 0;
	text.length = 0;
	pkvm_text_host_(&text, minor);
	pkvm_text_guest_(&text, minor);
	if (length)
		*length = text.length;
	return text.hash;
}

#endif
