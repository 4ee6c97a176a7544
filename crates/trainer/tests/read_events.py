"""Prints the scalars of a folder of event files, as TensorBoard reads them: {tag: [[step, value], ...]}."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
events.Reload()
tags = events.Tags()["scalars"]
print(json.dumps({tag: [[s.step, s.value] for s in events.Scalars(tag)] for tag in tags}))
