//! Makes the gRPC service of the peer tonic, as a `.proto` file would describe it.

fn main() {
    #[cfg(feature = "peers")]
    {
        let line = "crate::peers::grpc::Line";
        let echo = tonic_build::manual::Method::builder()
            .name("echo")
            .route_name("Echo")
            .input_type(line)
            .output_type(line)
            .codec_path("tonic_prost::ProstCodec")
            .build();
        let bench = tonic_build::manual::Service::builder()
            .name("Bench")
            .package("bench")
            .method(echo)
            .build();
        tonic_build::manual::Builder::new().compile(&[bench]);
    }
}
