"""
A network of one's own
======================

The network that ships is a folder like any other: one that you trained takes its place in every call. This one begins
with the weights of ours and goes on learning for half a minute; ``iar train`` does it properly, with folds, a judgement
and a registry.
"""

# %%
# Something to learn from
# -----------------------
#
# An example is a picture of a night, as the network sees it, and where its fringes are. Nights may be simulated, or
# come from an archive, or have their fringes drawn by hand. Here they are simulated ones with faint fringes.

from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np

import iar
from iar.detection.bundle import SHIPPED, Card, read_card, save_bundle
from iar.learning.examples import simulate_examples
from iar.learning.training.fitting import TrainConfig, train

unet = read_card(SHIPPED).unet
examples = simulate_examples(24, seed=1, step=unet.step, slots=192, scenario="faint")
held = simulate_examples(12, seed=2, step=unet.step, slots=192, scenario="faint")
print(f"{len(examples)} examples of {examples.picture.shape[1]} slots, {len(held)} held out")

# %%
# Learning
# --------
#
# After each epoch it is judged on the examples that were held out: F1 is the harmonic mean of precision and
# recall of its pixels.

config = TrainConfig(begin=str(SHIPPED), epochs=3, learning_rate=5e-4, augmentation="turn")
trained = train(examples, unet=unet, config=config, held=held)
fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
epoch = range(1, len(trained.history) + 1)
for ax, name in zip(axes, ("loss", "f1"), strict=True):
    ax.plot(epoch, [values[name] for values in trained.history], "o-", color="0.6", label="learnt from")
    ax.plot(epoch, [values[f"held_{name}"] for values in trained.history], "o-", color="#0b3c5d", label="held out")
    ax.set(xlabel="epoch", ylabel=name, xticks=epoch)
axes[0].legend(frameon=False)

# %%
# A bundle
# --------
#
# A network with its card, all that is needed to use it and to judge it, is a folder.

folder = Path(mkdtemp()) / "my-network"
card = Card(
    name="my-network",
    trained_on="24 simulated nights more",
    unet=unet,
    spline_pieces=read_card(SHIPPED).spline_pieces,
    threshold=read_card(SHIPPED).threshold,
    training=config.model_dump(mode="json"),
    fold_scores=(),
    evaluation={},
    software={"iar": iar.__version__},
)
save_bundle(folder, trained.model, card)

# %%
# In place of ours
# ----------------
#
# ``network`` names it wherever a network is asked. On the command line it is ``iar process --bundle``.

night = iar.simulate("2014-02-10", "faint", seed=5)
mine, ours = iar.probability(night, network=folder), iar.probability(night)
fig, axes = plt.subplots(2, 1, figsize=(8, 6), sharex=True, layout="constrained")
for ax, probability, name in zip(axes, (mine, ours), ("mine", "ours"), strict=True):
    probability.plot(x="time", ax=ax, cmap="magma", vmin=0, vmax=1)
    ax.set(title=f"{name}: {probability.attrs['network']}", xlabel="", ylim=(0.5, 8))

# %%
# And what becomes of it: the spacing of both, against the truth.

for name, network in (("mine", folder), ("ours", None)):
    error = np.abs(iar.spacing(night, network=network).delta_f_hz - night.delta_f_hz)
    print(f"{name}: {int(error.notnull().sum())} slots, median error {float(error.median()):.3f} Hz")
