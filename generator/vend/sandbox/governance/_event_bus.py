"""EventBridge as the sandbox uses it: an event of an AWS service goes to the rules of an account's default bus.

Rules, queues, topics and log groups are moto's. moto itself takes no event of a service, and leaves the account out of
what it delivers.
"""

from __future__ import annotations

import copy
import json
import logging
import time
import uuid
from collections.abc import Mapping
from typing import Any

_LOG = logging.getLogger("vend.sandbox")
_LONGEST_WAY = 5
"""Buses that an event may go through, one to the next."""


def deliver(event: Mapping[str, Any], account_id: str, region: str) -> None:
    """Delivers an event to every enabled rule of a default bus whose pattern matches.

    Targets: SQS queues, SNS topics, log groups, archives, other buses; Lambda functions and all else are not called. As
    in AWS, an event that cannot be delivered is lost, and nobody hears of it.
    """
    _to_bus(event, account_id, region, "default", _LONGEST_WAY)


def _to_bus(event: Mapping[str, Any], account_id: str, region: str, name: str, way: int) -> None:
    from moto.events.models import events_backends

    if account_id not in events_backends:
        return  # no call to EventBridge yet, hence no rule
    bus = events_backends[account_id][region].event_buses.get(name)
    for rule in tuple(bus.rules.values()) if bus is not None else ():
        pattern = rule.event_pattern
        if rule.state != "ENABLED" or not pattern.get_pattern() or not pattern.matches_event(dict(event)):
            continue
        for target in tuple(rule.targets):
            try:
                _to_target(event, rule, target, way)
            except Exception:  # noqa: BLE001 - a queue that is gone, a template that fails: the event is lost, as in AWS
                _LOG.info("an event for %s was lost", target.get("Arn"), exc_info=True)


def _to_target(event: Mapping[str, Any], rule: Any, target: Mapping[str, Any], way: int) -> None:
    from moto.utilities.arns import parse_arn

    arn = parse_arn(target["Arn"])
    if arn.service == "sqs":
        from moto.sqs import sqs_backends

        group = target.get("SqsParameters", {}).get("MessageGroupId")
        queues = sqs_backends[arn.account][arn.region]
        queues.send_message(queue_name=arn.resource_id, message_body=_input(event, target), group_id=group)
    elif arn.service == "sns":
        from moto.sns import sns_backends

        sns_backends[arn.account][arn.region].publish(message=_input(event, target), arn=target["Arn"])
    elif arn.service == "logs":
        _to_log_group(_input(event, target), arn)
    elif arn.service == "events" and arn.resource_type == "event-bus" and way > 0:
        _to_bus(event, arn.account, arn.region, arn.resource_id, way - 1)
    elif arn.service == "events" and not arn.resource_type:
        # moto keeps an archive by a rule of its own.
        alone = copy.copy(rule)
        alone.targets = [target]
        alone.send_to_targets({**event, "ingestion-time": time.time()})


def _to_log_group(text: str, arn: Any) -> None:
    from moto.logs import logs_backends

    group, stream = arn.resource_id.removesuffix(":*"), str(uuid.uuid4())
    backend = logs_backends[arn.account][arn.region]
    backend.create_log_stream(group, stream)
    backend.put_log_events(group, stream, [{"timestamp": int(time.time() * 1000), "message": text}])


def _input(event: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """What a target gets: the event, or what its Input, InputPath or InputTransformer make of it."""
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        # A path is `$`, or names of members after it.
        part: Any = event
        for name in target["InputPath"].split(".")[1:]:
            part = part.get(name) if isinstance(part, Mapping) else None
        return json.dumps(part)
    transformer = target.get("InputTransformer")
    if transformer:
        from moto.events.utils import EventTemplateParser

        stamped = {**event, "ingestion-time": event["time"]}
        made = EventTemplateParser.parse(
            transformer.get("InputTemplate"), transformer.get("InputPathsMap", {}), stamped
        )
        return made if isinstance(made, str) else json.dumps(made)
    return json.dumps(event)
