#!/usr/bin/env python3
"""Prints how many milliseconds of CPU librosa and scikit-image take from PCM to mel image, on one thread.

usage: librosa-mel.py FILE     signed 16-bit mono at 22,050 Hz
"""
import os
import sys

for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'NUMBA_NUM_THREADS'):
    os.environ[name] = '1'

import statistics
import time

import librosa
import numpy as np
from skimage.transform import resize

pcm = np.fromfile(sys.argv[1], '<i2')
times = []
for _ in range(40):
    started = time.process_time()
    y = pcm.astype(np.float32) / 32768
    power = librosa.feature.melspectrogram(y=y, sr=22050, n_fft=2048, hop_length=512, n_mels=128, fmax=8000)
    levels = librosa.power_to_db(power, ref=np.max, top_db=80)
    resize((levels + 80) / 80 * 255, (128, 512), anti_aliasing=True).round().astype(np.uint8)
    times.append(time.process_time() - started)
print(statistics.median(times[10:]) * 1000)
