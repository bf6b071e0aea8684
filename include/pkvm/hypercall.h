/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The rows as constants: call numbers (PKVM_HC_set_segment for the
 *        host's, PKVM_GC_share_mem for the guest's), contexts, policies and
 *        life cycles; and the macros by which others expand the rows.
 *
 * Assembly may include this file too: the numbers are `.set` symbols there.
 */
#ifndef PKVM_HYPERCALL_H
#define PKVM_HYPERCALL_H

#ifdef __ASSEMBLER__

#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	.set PKVM_HC_##NAME, NUMBER;
#define PKVM_HOST_CALL_RETIRED(NUMBER, NAME, SINCE, UNTIL) \
	.set PKVM_HC_RETIRED_##NAME, NUMBER;
#include "hypercalls.inc"
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	.set PKVM_GC_##NAME, NUMBER;
#include "guest_calls.inc"

#else

#include "abi.h"

/** Numbers of the host's calls. */
enum {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	PKVM_HC_##NAME = NUMBER,
#define PKVM_HOST_CALL_RETIRED(NUMBER, NAME, SINCE, UNTIL) PKVM_HC_RETIRED_##NAME = NUMBER,
#include "hypercalls.inc"
};

/** Numbers of the guest's calls. */
enum {
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	PKVM_GC_##NAME = NUMBER,
#include "guest_calls.inc"
};

#define PKVM_HC_VENDOR_FIRST 0xf000  /**< the host's vendor range          */
#define PKVM_HC_VENDOR_LAST  0xffff  /**< its last number                  */
#define PKVM_GC_FIRST        0x10000 /**< the guest's number space         */
#define PKVM_GC_VENDOR_FIRST 0x1f000 /**< the guest's vendor range         */
#define PKVM_GC_VENDOR_LAST  0x1ffff /**< its last number                  */

/** The columns' words, as hypercalls.inc explains them. */
enum {
	PKVM_CONTEXT_any,
	PKVM_CONTEXT_vm,
	PKVM_CONTEXT_handle,
	PKVM_CONTEXT_current,
	PKVM_CONTEXT_vcpu
};
enum {
	PKVM_POLICY_always,
	PKVM_POLICY_before_run,
	PKVM_POLICY_npvm_only,
	PKVM_POLICY_pvm_only,
	PKVM_POLICY_pvm_before,
	PKVM_POLICY_na
};
enum {
	PKVM_LIFE_any,
	PKVM_LIFE_fresh,
	PKVM_LIFE_booting,
	PKVM_LIFE_enabled,
	PKVM_LIFE_up,
	PKVM_LIFE_config,
	PKVM_LIFE_seal,
	PKVM_LIFE_build,
	PKVM_LIFE_run,
	PKVM_LIFE_destroy
};
enum {
	PKVM_FORWARDED_no,
	PKVM_FORWARDED_told,
	PKVM_FORWARDED_asked
};

/**
 * @name Parts of a call's function that exist only for some shapes
 * PKVM_UNLESS_NONE(SHAPE)(TEXT) is nothing for the shape `none` and TEXT for
 * every other.
 * @{
 */
#define PKVM_UNLESS_NONE(SHAPE)         PKVM_UNLESS_NONE_(PKVM_NONE_IS_##SHAPE, PKVM_KEEP, 0)
#define PKVM_UNLESS_NONE_(...)          PKVM_UNLESS_NONE__(__VA_ARGS__)
#define PKVM_UNLESS_NONE__(A, PICK, ...) PICK
#define PKVM_NONE_IS_none               0, PKVM_DROP
#define PKVM_KEEP(...)                  __VA_ARGS__
#define PKVM_DROP(...)
/** @} */

/**
 * @brief Name a call of the host.
 *
 * @param[in] number  its number, as in RAX
 * @return    "set_segment" and so on; NULL for a number that no row has, or a retired one
 * @since ABI 1.0
 */
static inline const char *pkvm_host_call_name(uint64_t number)
{
	switch (number) {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case NUMBER:                                                                 \
		return #NAME;
#define PKVM_HOST_CALL_RETIRED(NUMBER, NAME, SINCE, UNTIL) \
	case NUMBER:                                       \
		return NULL;
#include "hypercalls.inc"
	default:
		return NULL;
	}
}

/**
 * @brief Name a call of a guest.
 *
 * @param[in] number  its number, as in RAX
 * @return    "share_mem" and so on; NULL for a number that no row has
 * @since ABI 1.0
 */
static inline const char *pkvm_guest_call_name(uint64_t number)
{
	switch (number) {
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	case NUMBER:                                                      \
		return #NAME;
#include "guest_calls.inc"
	default:
		return NULL;
	}
}

#endif
#endif
