# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Says at the end of the configuration what is not built, and why.

function(pkvm_off what why)
	set_property(GLOBAL APPEND PROPERTY PKVM_OFF "${what}: ${why}")
endfunction()

function(pkvm_report_off)
	# Not a variable named off: that is a constant to if().
	get_property(missing GLOBAL PROPERTY PKVM_OFF)
	foreach(line IN LISTS missing)
		message(NOTICE "pkvm: OFF ${line}")
	endforeach()
	if(missing AND PKVM_REQUIRE_ALL)
		message(FATAL_ERROR "pkvm: PKVM_REQUIRE_ALL is set, and the above is off")
	endif()
endfunction()
