"""The sha256 of the weights that come with the project: another file under the same name is another model."""

SHA256: dict[str, str] = {
    "supervised-0": "938a699fc8608bda16dd285f1ba02583de6b158080b4436e58cfa608aa9b2ea5",
    "simclr-0": "7b42e58df0b5478b8f03037a6ae63a449bee4549d35a673183534de0316aaefd",
    "moco-0": "f31ca4c2ea2f10ca3a3aee3ccede4e8211fe4e2fbd4cdaa8c18994b594acb630",
    "barlow-twins-0": "7ef357e6b7109d4530e116b54a13de80fafddf71d6570c224faee78443ee200b",
    "rotation-0": "f96b4f51cd93b3e6a78b6cbb14d654b49746e7beed00a128779b8fd921f4b93e",
    "colourisation-0": "d5a61d923f68d1de44e45060abb8e7dc754340be5690ff95bac7e62c26fa2eab",
    "masked-autoencoder-0": "c5c10af23c5a14937eb3be3e7024fb496dde4c9a9ab2684e7bed0deee4182c1c",
    "autoencoder-0": "cf8fb427cc3d2f5a634c1292de83268539476650acc1f389cae5c5468c6cbeab",
    "denoising-autoencoder-0": "7cefc2bc7d4d22fd8b0234f6b53678165e9b3f64dfa594990acd99e9e500f8bd",
    "vae-0": "4d5db633adb4fcfa815a622680da6b085fd8130a61562e2f92473bdd0a185bf5",
    "beta-vae-0": "50b2d7e7b6a05049f2af995218882a2dd1010f369b209b5adaf5ff4ca35b0ff9",
    "clip-0": "d4ae632b8d933f2085a89782d0a043b65efb5ef2c635476e176d0afc5ba58bae",
    "untrained-0": "5a61c470840a464f10a931ea57c0f9e70ef733d4fac304b0f2802744bc28ad49",
    "pca-0": "16cad0fd3a72aea9f19ab555bf581680a31b9168931b999caa90cf8edcddab72",
    "sparse-coding-0": "3538895ca2e5df14e67463d990f5d09761d646730a46e0d30482fb770070710c",
    "slow-features-0": "4f832e97010baaa79095823e0cc6e58646fd5e95eb8b43f60351155baa987134",
    "reconstruction-ica-0": "a8244996aeeb44c0395f458e1fb95f6b1c8b319ea9f78654e1dbd241ecfb3d5c",
    "hmax-0": "131a02cbe2fad6e0cd54837453f77241f0e0c86f6f698ee2bf7206d700c2dd46",
    "neocognitron-0": "669445903aad885f016c08dc931c9eee97e97c76d31f7d5c6f850c923c72143f",
}
