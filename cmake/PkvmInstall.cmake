# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Installs libraries, pkg-config files and the CMake package.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pkvm)
set(libraries pkvm-hyp pkvm-engine-vmx pkvm-host pkvm-host-vmcall pkvm-guest pkvm-guest-vmcall)

foreach(target pkvm-abi ${libraries})
	string(REPLACE "pkvm-" "" export_name ${target})
	set_target_properties(${target} PROPERTIES EXPORT_NAME ${export_name})
	add_library(pkvm::${export_name} ALIAS ${target})
endforeach()
install(TARGETS pkvm-abi ${libraries} EXPORT pkvmTargets
	ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
	INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT pkvmTargets NAMESPACE pkvm:: DESTINATION ${package_dir})

configure_package_config_file(cmake/templates/pkvmConfig.cmake.in
	${PROJECT_BINARY_DIR}/pkvmConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/pkvmConfigVersion.cmake
	VERSION ${PROJECT_VERSION} COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/pkvmConfig.cmake
	      ${PROJECT_BINARY_DIR}/pkvmConfigVersion.cmake DESTINATION ${package_dir})

# pkvm_pkg_config(<name> <version> <description> <libraries>): the ABI alone has
# no library, only flags.
function(pkvm_pkg_config name version description libs)
	set(requires "pkvm-abi = ${PKVM_ABI_VERSION}")
	if(name STREQUAL pkvm-abi)
		set(requires "")
	endif()
	configure_file(${PROJECT_SOURCE_DIR}/cmake/templates/pkvm.pc.in
		       ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
	install(FILES ${PROJECT_BINARY_DIR}/${name}.pc
		DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

pkvm_pkg_config(pkvm-abi ${PKVM_ABI_VERSION}
	"pvVMCS ABI between host, hypervisor and guest (headers only)" "")
pkvm_pkg_config(pkvm-hyp ${PROJECT_VERSION}
	"pvVMCS hypervisor core, freestanding" "-L\${libdir} -lpkvm-hyp")
pkvm_pkg_config(pkvm-engine-vmx ${PROJECT_VERSION}
	"pvVMCS engine of the core that executes VMX instructions, freestanding"
	"-L\${libdir} -lpkvm-engine-vmx")
pkvm_pkg_config(pkvm-host ${PROJECT_VERSION}
	"pvVMCS host stubs, freestanding, with the VMCALL transport"
	"-L\${libdir} -lpkvm-host -lpkvm-host-vmcall")
pkvm_pkg_config(pkvm-guest ${PROJECT_VERSION}
	"pvVMCS guest stubs, freestanding, with the VMCALL transport"
	"-L\${libdir} -lpkvm-guest -lpkvm-guest-vmcall")
