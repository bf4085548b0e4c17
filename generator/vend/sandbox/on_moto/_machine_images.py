"""Amazon's machine images: moto makes some 1,300 of them in every Region of every account that is touched at all.

They are 45 ms and most of what such a Region holds; here they come with the first call that looks at images.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def load_images_on_demand() -> None:
    """Has moto's EC2 load its images when they are first asked for; once is enough for a process.

    Importing moto's EC2 takes most of a second: whoever calls this does so only where it is imported already.
    """
    from moto.ec2.models.amis import AMIS, AmiBackend
    from moto.ec2.models.elastic_block_store import EBSBackend

    load, describe_images, describe_snapshots = (
        AmiBackend._load_amis,  # noqa: SLF001 — moto has no setting that can be changed after it was imported
        AmiBackend.describe_images,
        EBSBackend.describe_snapshots,
    )

    def loaded(backend: Any) -> None:
        if vars(backend).get("vend_images_loaded"):
            return
        backend.vend_images_loaded = True
        # moto created this backend before it was changed.
        if AMIS[0]["ami_id"] not in backend.amis:
            load(backend)

    def images(backend: Any, *arguments: Any, **named: Any) -> Any:
        loaded(backend)
        return describe_images(backend, *arguments, **named)

    def snapshots(backend: Any, *arguments: Any, **named: Any) -> Any:
        loaded(backend)
        return describe_snapshots(backend, *arguments, **named)

    AmiBackend._load_amis = lambda _: None  # noqa: SLF001
    AmiBackend.describe_images = images
    EBSBackend.describe_snapshots = snapshots
