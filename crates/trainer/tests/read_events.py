"""Prints what a folder of event files holds, as TensorBoard reads it.

{"scalars": {tag: [[step, value], ...]},
 "histograms": {tag: [[step, min, max, num, sum, [limits], [counts]], ...]},
 "hparams": {key: value}, "ended": status}
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "histograms": 0})
events.Reload()


def histogram(event):
    value = event.histogram_value
    return [event.step, value.min, value.max, value.num, value.sum, list(value.bucket_limit), list(value.bucket)]


content = events.PluginTagToContent("hparams")
start = metadata.parse_session_start_info_plugin_data(content["_hparams_/session_start_info"])
end = metadata.parse_session_end_info_plugin_data(content["_hparams_/session_end_info"])
tags = events.Tags()
print(
    json.dumps(
        {
            "scalars": {tag: [[s.step, s.value] for s in events.Scalars(tag)] for tag in tags["scalars"]},
            "histograms": {tag: [histogram(h) for h in events.Histograms(tag)] for tag in tags["histograms"]},
            "hparams": {key: getattr(value, value.WhichOneof("kind")) for key, value in start.hparams.items()},
            "ended": end.status,
        }
    )
)
