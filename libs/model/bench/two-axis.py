"""The two-axis encoder and its decoder in PyTorch on one core; prints milliseconds per crop as JSON."""

import json
import time

import torch
from torch import nn

torch.set_num_threads(1)


def encoder_axis():
    layers, channels = [], 128
    for filters in (32, 64, 128, 256):
        layers += [nn.Conv1d(channels, filters, 5, 2, 2), nn.ReLU(), nn.BatchNorm1d(filters)]
        channels = filters
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(8 * 256, 128))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.time, self.frequency = encoder_axis(), encoder_axis()

    def forward(self, crops):
        return torch.cat([self.time(crops), self.frequency(crops.transpose(1, 2))], 1)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(256, 8 * 8 * 256)
        layers, channels = [], 256
        for filters in (256, 128, 64, 32):
            layers += [nn.ConvTranspose2d(channels, filters, 5, 2, 2, 1), nn.ReLU(), nn.BatchNorm2d(filters)]
            channels = filters
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(channels, 1, 5, 1, 2), nn.Sigmoid())

    def forward(self, vectors):
        return self.layers(self.dense(vectors).reshape(-1, 256, 8, 8))[:, 0]


def contrastive(vectors):
    unit = nn.functional.normalize(vectors)
    similarities = unit @ unit.T / 0.1 - 1e9 * torch.eye(len(unit))
    return nn.functional.cross_entropy(similarities, torch.arange(len(unit)) ^ 1)


def ms_per_crop(work, batch):
    work()
    times = []
    for _ in range(5):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1000 * sorted(times)[2] / batch


encoder, decoder = Encoder(), Decoder()
many, few = torch.rand(64, 128, 128), torch.rand(4, 128, 128)


def encode():
    encoder.eval()
    with torch.no_grad():
        encoder(many)
    encoder.train()


print(
    json.dumps(
        {
            "version": torch.__version__,
            "vectors": torch.backends.cpu.get_cpu_capability(),
            "encodeMsPerCrop": ms_per_crop(encode, 64),
            "contrastiveMsPerCrop": ms_per_crop(lambda: contrastive(encoder(many)).backward(), 64),
            "autoencoderMsPerCrop": ms_per_crop(
                lambda: nn.functional.mse_loss(decoder(encoder(few)), few).backward(), 4
            ),
        }
    )
)
