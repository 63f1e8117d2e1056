# SPDX-License-Identifier: Apache-2.0
"""What pyproject.toml cannot say: the version comes from wheel.sh, and a wheel with the library is for
one platform and any Python."""

import os

from setuptools import Distribution, setup
from wheel.bdist_wheel import bdist_wheel


class WithLibrary(Distribution):
    def has_ext_modules(self):
        return True


class PlatformWheel(bdist_wheel):
    def get_tag(self):
        _, _, platform = super().get_tag()
        return "py3", "none", platform


setup(version=os.environ.get("PINTLE_VERSION", "0"), distclass=WithLibrary,
      cmdclass={"bdist_wheel": PlatformWheel})
