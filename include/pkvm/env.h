/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The one place that knows in which environment the ABI is compiled.
 *
 * The contract: whoever vendors these headers and builds them neither in the
 * Linux kernel nor with a C11/C++17 compiler's own <stdint.h> and <stddef.h>
 * replaces this file by one that provides
 *
 *  1. uint8_t, uint16_t, uint32_t, uint64_t and int64_t, of exactly that width;
 *  2. size_t, NULL and offsetof();
 *  3. #PKVM_MUST_CHECK, before a function whose result must not be dropped;
 *  4. #PKVM_ASSERT(condition), a compile-time check at file scope that takes no
 *     semicolon after it;
 *  5. #PKVM_STUB, before the declaration of a function that is C in every
 *     language.
 *
 * Nothing else in include/pkvm looks at a compiler's or a system's macros,
 * `__ASSEMBLER__` in the row files excepted.
 */
#ifndef PKVM_ENV_H
#define PKVM_ENV_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/stddef.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

/** A result that must be looked at: before a function's declaration. */
#define PKVM_MUST_CHECK __attribute__((warn_unused_result))

/** A compile-time check, at file scope, without a semicolon after it. */
#ifdef __cplusplus
#define PKVM_ASSERT(CONDITION) static_assert(CONDITION, #CONDITION);
#else
#define PKVM_ASSERT(CONDITION) _Static_assert(CONDITION, #CONDITION);
#endif

/** Before the declaration of a function that is C in every language. */
#ifdef __cplusplus
#define PKVM_STUB extern "C"
#else
#define PKVM_STUB extern
#endif

#endif
